/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernels/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Bits of CPUID and XCR0: Intel, Software Developer's Manual, vol. 2A CPUID and
 * vol. 1 13.3. */
#define LEAF1_ECX_FMA (1u << 12)
#define LEAF1_ECX_OSXSAVE (1u << 27)
#define LEAF1_ECX_AVX (1u << 28)
#define LEAF7_EBX_AVX2 (1u << 5)
#define LEAF7_EBX_AVX512 ((1u << 16) | (1u << 17) | (1u << 30) | (1u << 31))
#define LEAF7_ECX_VNNI (1u << 11)
#define LEAF7_1_EAX_BF16 (1u << 5)
#define LEAF7_EDX_TILES ((1u << 24) | (1u << 25)) /* AMX-TILE, AMX-INT8 */
#define XCR0_YMM 0x06u
#define XCR0_ZMM 0xe6u
#define XCR0_TILES 0x60000u

/* Linux, Documentation/x86/xstate.rst: asks for the registers of tiles. */
#define ARCH_REQ_XCOMP_PERM 0x1023
#define XFEATURE_XTILEDATA 18

typedef struct {
  guint32 eax, ebx, ecx, edx;
} Cpuid;

static Cpuid
cpuid (guint leaf, guint subleaf)
{
  Cpuid r = { 0, 0, 0, 0 };

  __get_cpuid_count (leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx);
  return r;
}

static gboolean
has_all (guint32 found, guint32 wanted)
{
  return (found & wanted) == wanted;
}

/* Which registers the operating system saves. */
static guint32
xcr0 (void)
{
  guint32 low, high;

  if (!has_all (cpuid (1, 0).ecx, LEAF1_ECX_OSXSAVE))
    return 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

gboolean
lstm_cpu_has_avx2 (void)
{
  return has_all (cpuid (1, 0).ecx, LEAF1_ECX_FMA | LEAF1_ECX_AVX) &&
         has_all (cpuid (7, 0).ebx, LEAF7_EBX_AVX2) &&
         has_all (xcr0 (), XCR0_YMM);
}

gboolean
lstm_cpu_has_avx512 (void)
{
  return lstm_cpu_has_avx2 () && has_all (cpuid (7, 0).ebx, LEAF7_EBX_AVX512) &&
         has_all (xcr0 (), XCR0_ZMM);
}

gboolean
lstm_cpu_has_avx512bf16 (void)
{
  return lstm_cpu_has_avx512 () && has_all (cpuid (7, 0).ecx, LEAF7_ECX_VNNI) &&
         has_all (cpuid (7, 1).eax, LEAF7_1_EAX_BF16);
}

gboolean
lstm_cpu_has_tiles (void)
{
#if defined(SYS_arch_prctl)
  return has_all (cpuid (7, 0).edx, LEAF7_EDX_TILES) &&
         has_all (xcr0 (), XCR0_TILES) &&
         syscall (SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
#else
  return FALSE;
#endif
}
#endif

#if defined(__aarch64__)
/* Part of the architecture. */
gboolean
lstm_cpu_has_neon (void)
{
  return TRUE;
}
#endif
