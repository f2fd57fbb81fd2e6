/* A bad machine for tests: loaded before libc (LD_PRELOAD) into the server's processes, it

   - keeps a log of everything that is written to the files of one folder, and of what was
     synced, so that a test can rebuild what a power failure would have left;
   - says that the disk is full, when the test says so;
   - steps the wall clock.

   FAULTS_FOLDER   the folder (no symbolic links in it)
   FAULTS_LOG      where the log is appended
   FAULTS_CONTROL  a file of 16 bytes, mapped: nanoseconds to add to the clock; 1 for a full disk

   A record of the log: length of path and data, kind, number, path, data. Kinds: w write at an
   offset, t truncate to a length, s and S begin and end of a sync (number: of this sync), c open
   that may create, x unlink, r rename (data: the new path). A sync has two records, because only
   what was written before it began is safe when it ends. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct control { int64_t clock; int64_t full; };
struct head { uint32_t path, data; int64_t kind, number; };

static struct control none, *control = &none;
static char folder[PATH_MAX];
static size_t folder_length;
static int log_fd = -1;

__attribute__((constructor)) static void begin(void) {
  const char *where = getenv("FAULTS_FOLDER"), *log = getenv("FAULTS_LOG"), *file = getenv("FAULTS_CONTROL");
  if (file) {
    int fd = syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC, 0);
    void *map = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof none, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map != MAP_FAILED) control = map;
    if (fd >= 0) close(fd);
  }
  if (!where) return;
  folder_length = strlen(strncpy(folder, where, sizeof folder - 1));
  if (log) {
    int fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    log_fd = fcntl(fd, F_DUPFD_CLOEXEC, 500); /* out of the way of whoever counts its descriptors */
    close(fd);
  }
}

static int ours(const char *path) { return folder_length && !strncmp(path, folder, folder_length); }

static int path_of(int fd, char *path) {
  char link[40];
  int kept = errno, length;
  if (!folder_length || fd < 3 || fd == log_fd) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
  errno = kept;
  path[length < 0 ? 0 : length] = 0;
  return ours(path);
}

static int absolute(const char *given, char *path) {
  if (!folder_length) return 0;
  if (*given == '/') return ours(strncpy(path, given, PATH_MAX - 1));
  if (!getcwd(path, PATH_MAX / 2)) return 0;
  strcat(strcat(path, "/"), given);
  return ours(path);
}

static void note(char kind, const char *path, int64_t number, const void *data, size_t length) {
  struct head head = {strlen(path), length, kind, number};
  struct iovec parts[] = {{&head, sizeof head}, {(void *)path, head.path}, {(void *)data, length}};
  int kept = errno;
  if (log_fd >= 0 && syscall(SYS_writev, log_fd, parts, 3) < 0) abort();
  errno = kept;
}

static int refused(void) { return control->full ? (errno = ENOSPC, 1) : 0; }

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t at) {
  char path[PATH_MAX];
  int mine = path_of(fd, path);
  if (mine && refused()) return -1;
  ssize_t done = syscall(SYS_pwrite64, fd, data, length, at);
  if (mine && done > 0) note('w', path, at, data, done);
  return done;
}
ssize_t pwrite(int fd, const void *data, size_t length, off_t at) { return pwrite64(fd, data, length, at); }

ssize_t write(int fd, const void *data, size_t length) {
  char path[PATH_MAX];
  int mine = path_of(fd, path);
  if (mine && refused()) return -1;
  ssize_t done = syscall(SYS_write, fd, data, length);
  if (mine && done > 0) note('w', path, syscall(SYS_lseek, fd, 0, SEEK_CUR) - done, data, done);
  return done;
}

int ftruncate64(int fd, off64_t length) {
  char path[PATH_MAX];
  int done = syscall(SYS_ftruncate, fd, length);
  if (!done && path_of(fd, path)) note('t', path, length, "", 0);
  return done;
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

static int synced(int fd, long call) {
  static int64_t count;
  char path[PATH_MAX];
  int mine = path_of(fd, path);
  int64_t number = ((int64_t)getpid() << 32) + __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
  if (mine) note('s', path, number, "", 0);
  int done = syscall(call, fd);
  if (mine && !done) note('S', path, number, "", 0);
  return done;
}
int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

static int opened(int at, const char *given, int flags, mode_t mode) {
  char path[PATH_MAX] = "";
  int fd = syscall(SYS_openat, at, given, flags, mode);
  if (fd >= 0 && (flags & O_CREAT) && path_of(fd, path)) note('c', path, 0, "", 0);
  if (fd >= 0 && (flags & O_TRUNC) && path_of(fd, path)) note('t', path, 0, "", 0);
  return fd;
}
#define OPEN                                                              \
  va_list rest;                                                           \
  va_start(rest, flags);                                                  \
  mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(rest, mode_t) : 0; \
  va_end(rest);
int open64(const char *path, int flags, ...) { OPEN return opened(AT_FDCWD, path, flags, mode); }
int open(const char *path, int flags, ...) { OPEN return opened(AT_FDCWD, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { OPEN return opened(at, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { OPEN return opened(at, path, flags, mode); }

int unlinkat(int at, const char *given, int flags) {
  char path[PATH_MAX] = "";
  int done = syscall(SYS_unlinkat, at, given, flags);
  if (!done && absolute(given, path)) note('x', path, 0, "", 0);
  return done;
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }

int rename(const char *from, const char *to) {
  char old[PATH_MAX] = "", new[PATH_MAX] = "";
  int done = syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
  if (!done && absolute(from, old) && absolute(to, new)) note('r', old, 0, new, strlen(new));
  return done;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int done = syscall(SYS_clock_gettime, clock, now);
  if (!done && control->clock && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    int64_t all = now->tv_sec * 1000000000LL + now->tv_nsec + control->clock;
    now->tv_sec = all / 1000000000LL;
    now->tv_nsec = all % 1000000000LL;
  }
  return done;
}
int gettimeofday(struct timeval *now, void *zone) {
  struct timespec exact;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &exact);
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *out) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (out) *out = exact.tv_sec;
  return exact.tv_sec;
}
