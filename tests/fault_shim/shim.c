/* Counts the calls that change files below one folder, and kills the process at the n-th of them, or lets that fail.

   Preloaded. A process arms it for itself: fault_arm(folder, n, error); error 0 is SIGKILL, n 0 only counts. Once the disk
   is full it stays full: after ENOSPC everything that takes room fails, and what makes room does not. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static char folder[4096];
static int wanted, failure, count, is_full;

void fault_arm(const char *where, int at, int error)
{
    snprintf(folder, sizeof folder, "%s", where);
    wanted = at;
    failure = error;
    count = 0;
    is_full = 0;
}

int fault_count(void) { return count; }

static int is_below(const char *path)
{
    size_t length = strlen(folder);
    return length && path && !strncmp(path, folder, length) && (path[length] == '/' || !path[length]);
}

static int is_open_below(int descriptor)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return is_below(path);
}

/* Whether this call fails; it may not return. */
static int fails(int is_meant, int takes_room)
{
    if (!is_meant)
        return 0;
    if (++count == wanted) {
        if (!failure)
            kill(getpid(), SIGKILL);
        is_full = failure == ENOSPC;
    } else if (!(is_full && takes_room)) {
        return 0;
    }
    errno = failure;
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...)                                                                         \
    {                                                                                                                  \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;                                                      \
        va_end(rest);                                                                                                  \
        return fails(flags & O_CREAT && is_below(path), 1) ? -1 : REAL(name)(path, flags, mode);                       \
    }
OPEN(open)
OPEN(open64)

ssize_t write(int descriptor, const void *data, size_t size)
{
    if (!fails(is_open_below(descriptor), 1))
        return REAL(write)(descriptor, data, size);
    int error = errno;
    if (failure == ENOSPC && count == wanted && size > 1) /* what still fits is written */
        return REAL(write)(descriptor, data, size / 2);
    errno = error;
    return -1;
}

#define OF_DESCRIPTOR(name, takes_room, parameters, arguments)                                                         \
    int name parameters { return fails(is_open_below(descriptor), takes_room) ? -1 : REAL(name) arguments; }
OF_DESCRIPTOR(fsync, 0, (int descriptor), (descriptor))
OF_DESCRIPTOR(ftruncate, 0, (int descriptor, off_t size), (descriptor, size))
OF_DESCRIPTOR(ftruncate64, 0, (int descriptor, off64_t size), (descriptor, size))
OF_DESCRIPTOR(fchmod, 0, (int descriptor, mode_t mode), (descriptor, mode))
OF_DESCRIPTOR(fchown, 0, (int descriptor, uid_t user, gid_t group), (descriptor, user, group))

#define OF_PATH(name, parameters, path, arguments)                                                                     \
    int name parameters { return fails(is_below(path), 0) ? -1 : REAL(name) arguments; }
OF_PATH(rename, (const char *from, const char *to), to, (from, to))
OF_PATH(link, (const char *from, const char *to), to, (from, to))
OF_PATH(linkat, (int from_folder, const char *from, int to_folder, const char *to, int flags), to,
        (from_folder, from, to_folder, to, flags))
OF_PATH(unlink, (const char *path), path, (path))
