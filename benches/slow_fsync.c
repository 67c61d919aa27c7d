/*
 * A slow disk: preloaded into a server, this makes every fsync and fdatasync take SLOW_FSYNC_MS
 * milliseconds more. The waiting is done before the real call, so data are as safe as without it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void wait_for_disk(void) {
  const char *ms = getenv("SLOW_FSYNC_MS");
  long delay = ms ? strtol(ms, NULL, 10) : 0;
  struct timespec left = {.tv_sec = delay / 1000, .tv_nsec = (delay % 1000) * 1000000L};
  while (nanosleep(&left, &left) != 0) {
  }
}

static int slowly(const char *name, int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  wait_for_disk();
  return real ? real(fd) : -1;
}

int fsync(int fd) { return slowly("fsync", fd); }

int fdatasync(int fd) { return slowly("fdatasync", fd); }
