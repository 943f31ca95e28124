/* The native half of Provoke: Java_Provoke_die dies as its argument says. It needs no header of the JDK: of the JNI it
   uses the one function GetStringUTFChars, number 169 of the table (JNI specification, chapter 4). */
#define _GNU_SOURCE
#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

__attribute__((noinline)) int read_null(volatile int *p) { return *p; }

__attribute__((noinline)) int divide(volatile int a, volatile int b) { return a / b; }

__attribute__((noinline)) void execute_nonsense(void) {
#if defined(__x86_64__)
  __asm__ volatile("ud2");
#else
  __asm__ volatile(".inst 0");
#endif
}

__attribute__((noinline)) int read_truncated(void) {
  int fd = memfd_create("table", 0);
  if (fd < 0 || ftruncate(fd, 4096) != 0) return 1;
  volatile int *p = mmap(0, 4096, PROT_READ, MAP_SHARED, fd, 0);
  if (ftruncate(fd, 0) != 0) return 1;
  return *p;
}

__attribute__((noinline)) int recurse(volatile int n) {
  volatile char page[1024];
  page[n % 1024] = 1;
  return recurse(n + 1) + page[0];
}

void Java_Provoke_die(void *env, void *cls, void *argument) {
  (void)cls;
  const char *(*text)(void *, void *, char *) = (*(void ***)env)[169];
  const char *how = text(env, argument, 0);
  if (strcmp(how, "segv") == 0) read_null(0);
  if (strcmp(how, "ill") == 0) execute_nonsense();
  if (strcmp(how, "fpe") == 0) divide((int)(strlen(how) + 1), how[3]);
  if (strcmp(how, "bus") == 0) read_truncated();
  if (strcmp(how, "overflow") == 0) recurse(1);
  if (strcmp(how, "abort") == 0) abort();
  if (strcmp(how, "assert") == 0) assert(how[0] == 'b' && "the table is whole");
  if (strcmp(how, "free") == 0) free((void *)(how + 1));
  if (strcmp(how, "kill") == 0) kill(getpid(), SIGSEGV);
  if (strcmp(how, "exit") == 0) _exit(7);
  pause();
}
