/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

/* The floating-point mode of the calling thread while it processes: rounding to
 * nearest, denormals read and written as zero, no traps. What the caller had is
 * put back. */

#if defined(__SSE__)
#include <xmmintrin.h>

typedef guint32 LstmFpEnv;

static inline LstmFpEnv
lstm_fpenv_enter (void)
{
  LstmFpEnv saved = _mm_getcsr ();

  _mm_setcsr (0x9fc0); /* FTZ, DAZ, every exception masked, nearest */
  return saved;
}

static inline void
lstm_fpenv_leave (LstmFpEnv saved)
{
  _mm_setcsr (saved);
}

#elif defined(__aarch64__)

typedef guint64 LstmFpEnv;

static inline LstmFpEnv
lstm_fpenv_enter (void)
{
  LstmFpEnv saved;

  __asm__ volatile("mrs %0, fpcr" : "=r"(saved));
  __asm__ volatile("msr fpcr, %0" : : "r"((guint64) 1 << 24) : "memory");
  return saved;
}

static inline void
lstm_fpenv_leave (LstmFpEnv saved)
{
  __asm__ volatile("msr fpcr, %0" : : "r"(saved) : "memory");
}

#else
#error "how denormals are flushed on this processor is not known"
#endif
