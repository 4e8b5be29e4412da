/* gst-lstm: recurrent models on live streams
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/* Stands between a program and what allocates and locks: the program's own
 * definitions of these functions go before those of its libraries. System calls
 * are seen by a seccomp filter. Calls inside one library (GLib's own locks,
 * malloc() inside libc) do not come by here. */

#define _GNU_SOURCE /* for dl_iterate_phdr() and RTLD_NEXT */

#include "common/quiet.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <link.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

/* After so many system calls nobody waits for an end. */
#define MAX_SYSTEM_CALLS 10000
#define MAX_DEPTH 24
#define MAX_RANGES 64

/* How the counting process ended. */
enum { DONE = 10, NO_FILTER, TOO_MANY_CALLS };

typedef enum { OTHER, OWN, THROUGH } Kind;

/* Where a module lies. */
typedef struct {
  guintptr begin;
  guintptr end;
  Kind kind;
} Range;

static QuietCounts *counts; /* shared with the process that waits */
static Range ranges[MAX_RANGES];
static guint n_ranges;

static __thread gboolean watched;

/* ---- whose it is ---- */

static Kind
kind_of (gconstpointer address)
{
  for (guint i = 0; i < n_ranges; i++)
    if ((guintptr) address >= ranges[i].begin &&
        (guintptr) address < ranges[i].end)
      return ranges[i].kind;
  return OTHER;
}

/* Of the first code, from within, that neither is this file nor only does what
 * others ask for. */
static gboolean
is_own (void)
{
  void *frames[MAX_DEPTH];
  int n = n_ranges > 0 ? backtrace (frames, MAX_DEPTH) : 0;

  for (int i = 0; i < n; i++) {
    Kind kind = kind_of (frames[i]);

    if (kind != THROUGH)
      return kind == OWN;
  }
  return FALSE;
}

static void
note (guint *all, guint *own)
{
  watched = FALSE;
  (*all)++;
  *own += is_own ();
  watched = TRUE;
}

static int
add_module (struct dl_phdr_info *info, size_t size, void *data)
{
  static const gchar *const through[] = { "libc.so", "libglib-2.0",
    "libgobject-2.0", "libgcc_s", NULL };
  const gchar *const *names = data;
  const gchar *slash = strrchr (info->dlpi_name, '/');
  const gchar *name = slash ? slash + 1 : info->dlpi_name;
  Kind kind = *name == '\0' ? THROUGH : OTHER;

  for (guint i = 0; through[i] != NULL; i++)
    if (g_str_has_prefix (name, through[i]))
      kind = THROUGH;
  for (guint i = 0; names[i] != NULL; i++)
    if (g_str_has_prefix (name, names[i]))
      kind = OWN;
  for (guint i = 0; kind != OTHER && i < info->dlpi_phnum; i++) {
    const ElfW (Phdr) *part = &info->dlpi_phdr[i];
    guintptr begin = info->dlpi_addr + part->p_vaddr;

    if (part->p_type != PT_LOAD || (part->p_flags & PF_X) == 0)
      continue;
    g_assert_cmpuint (n_ranges, <, MAX_RANGES);
    ranges[n_ranges++] = (Range){ begin, begin + part->p_memsz, kind };
  }
  return 0;
}

void
quiet_watch_modules (const gchar *const *names)
{
  void *frame;

  backtrace (&frame, 1); /* loads what it needs the first time */
  n_ranges = 0;
  dl_iterate_phdr (add_module, (void *) names);
}

/* ---- allocations ---- */

void *__libc_malloc (size_t size);
void *__libc_calloc (size_t n, size_t size);
void *__libc_realloc (void *old, size_t size);
void *__libc_memalign (size_t alignment, size_t size);

static void
note_allocation (void)
{
  if (G_UNLIKELY (watched))
    note (&counts->allocations, &counts->own_allocations);
}

void *
malloc (size_t size)
{
  note_allocation ();
  return __libc_malloc (size);
}

void *
calloc (size_t n, size_t size)
{
  note_allocation ();
  return __libc_calloc (n, size);
}

void *
realloc (void *old, size_t size)
{
  note_allocation ();
  return __libc_realloc (old, size);
}

void *
memalign (size_t alignment, size_t size)
{
  note_allocation ();
  return __libc_memalign (alignment, size);
}

void *
aligned_alloc (size_t alignment, size_t size)
{
  note_allocation ();
  return __libc_memalign (alignment, size);
}

int
posix_memalign (void **to, size_t alignment, size_t size)
{
  note_allocation ();
  *to = __libc_memalign (alignment, size);
  return *to != NULL ? 0 : ENOMEM;
}

/* ---- locks ---- */

static void
note_lock (void)
{
  if (G_UNLIKELY (watched))
    note (&counts->locks, &counts->own_locks);
}

#define LOCK(Result, name, Type)                                               \
  Result name (Type *lock)                                                     \
  {                                                                            \
    static Result (*real) (Type *);                                            \
                                                                               \
    if (real == NULL)                                                          \
      real = (Result (*) (Type *)) dlsym (RTLD_NEXT, #name);                   \
    note_lock ();                                                              \
    return real (lock);                                                        \
  }

LOCK (int, pthread_mutex_lock, pthread_mutex_t)
LOCK (int, pthread_mutex_trylock, pthread_mutex_t)
LOCK (int, pthread_rwlock_rdlock, pthread_rwlock_t)
LOCK (int, pthread_rwlock_wrlock, pthread_rwlock_t)
LOCK (int, pthread_spin_lock, pthread_spinlock_t)
LOCK (void, g_mutex_lock, GMutex)
LOCK (gboolean, g_mutex_trylock, GMutex)
LOCK (void, g_rec_mutex_lock, GRecMutex)
LOCK (gboolean, g_rec_mutex_trylock, GRecMutex)
LOCK (void, g_rw_lock_reader_lock, GRWLock)
LOCK (void, g_rw_lock_writer_lock, GRWLock)

/* ---- system calls ---- */

static void
on_system_call (int number, siginfo_t *info, void *context)
{
  ucontext_t *at = context;

  if (counts->system_calls++ == 0)
    counts->first_call = info->si_syscall;
  if (counts->system_calls > MAX_SYSTEM_CALLS)
    _exit (TOO_MANY_CALLS);
#if defined(__x86_64__)
  at->uc_mcontext.gregs[REG_RAX] = -ENOSYS;
#elif defined(__aarch64__)
  at->uc_mcontext.regs[0] = -ENOSYS;
#else
#error "which register holds what a system call returns?"
#endif
}

/* From now on this thread's system calls come to on_system_call(), but for the
 * return from it and the process's end. */
static gboolean
set_filter (void)
{
  struct sock_filter code[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 1, 0),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_TRAP),
  };
  struct sock_fprog program = { G_N_ELEMENTS (code), code };
  struct sigaction action = { .sa_sigaction = on_system_call,
    .sa_flags = SA_SIGINFO | SA_NODEFER };

  return sigaction (SIGSYS, &action, NULL) == 0 &&
         prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* ---- in a process of its own ---- */

static void
count_here (QuietFunc func, gpointer data)
{
  gboolean filtered = set_filter ();

  watched = TRUE;
  func (data);
  watched = FALSE;
  _exit (filtered ? DONE : NO_FILTER);
}

static int
count_elsewhere (QuietFunc func, gpointer data, QuietCounts *found)
{
  int status = 0;
  pid_t child;

  counts = mmap (NULL, sizeof *counts, PROT_READ | PROT_WRITE,
      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  g_assert_true (counts != MAP_FAILED);
  counts->first_call = -1;
  child = fork ();
  if (child == 0)
    count_here (func, data);
  g_assert_cmpint (child, >, 0);
  while (waitpid (child, &status, 0) < 0)
    g_assert_cmpint (errno, ==, EINTR);
  *found = *counts;
  munmap (counts, sizeof *counts);
  return status;
}

QuietCounts
quiet_count (QuietFunc func, gpointer data)
{
  QuietCounts found;
  int status = count_elsewhere (func, data, &found);

  if (!WIFEXITED (status))
    g_error ("ended by signal %d", WTERMSIG (status));
  if (WEXITSTATUS (status) != TOO_MANY_CALLS && WEXITSTATUS (status) != DONE &&
      WEXITSTATUS (status) != NO_FILTER)
    g_error ("ended with %d", WEXITSTATUS (status));
  return found;
}

static void
do_nothing (gpointer data)
{
}

gboolean
quiet_sees_system_calls (void)
{
  QuietCounts found;
  int status = count_elsewhere (do_nothing, NULL, &found);

  return WIFEXITED (status) && WEXITSTATUS (status) == DONE;
}
