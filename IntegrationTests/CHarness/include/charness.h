// The functions of Linux that the harness needs and Swift's Glibc overlay lacks: spawning onto a terminal, process
// descriptors, sub-reaping, nanosecond polling, and sockets that exist only on this machine.
//
// Every descriptor made here is close-on-exec. Functions give -1 (or a listed value) on failure and set errno.

#ifndef CHARNESS_H
#define CHARNESS_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/// A program to start. A stream of -1 is the terminal. Strings belong to the caller.
struct harness_launch {
  const char *path;
  char *const *arguments;
  char *const *environment;
  const char *directory;
  const char *terminal;  // the terminal's device, or NULL; it becomes the controlling terminal
  int input, output, errors;
};

/// How a process changed: the si_code of waitid and its status or signal.
struct harness_change {
  bool exited, signalled, stopped;
  int value;
};

/// Starts a program in a session of its own, with default signal actions, no signal blocked and no descriptor but
/// its three streams. Gives 0, or the error number.
int harness_spawn(const struct harness_launch *launch, pid_t *pid);

/// A descriptor that polls readable once the process has ended.
int harness_pidfd(pid_t pid);

/// 1: the process ended (and is now reaped) or stopped, see *change. 0: nothing to tell. -1: no such child.
int harness_wait(pid_t pid, struct harness_change *change);
/// Waits until a child that was killed has ended, and reaps it.
void harness_reap(pid_t pid);

/// From now on orphaned descendants become children of this process.
void harness_adopt_orphans(void);

/// Whether Linux offers what harness_confine needs (Landlock).
bool harness_can_confine(void);
/// From now on neither this process nor any it starts can make or write files elsewhere than at or below these paths.
/// False when that cannot be had.
bool harness_confine(const char *const *paths, size_t count);

/// From now on neither this process nor any it starts can change anything about a file elsewhere than below this
/// directory, its times and permissions included: everything else is mounted for reading. False when that cannot be
/// had.
bool harness_seal(const char *directory);
/// Whether harness_seal would work.
bool harness_can_seal(const char *directory);

/// No core files from this process or any it starts.
void harness_no_core_files(void);

/// Blocks SIGINT, SIGTERM and SIGHUP and gives a descriptor that polls readable when one came.
int harness_interruptions(void);
/// The number of the next signal of harness_interruptions, or 0.
int harness_next_interruption(int descriptor);
/// Ends this process by a signal that was blocked or handled until now.
void harness_end_by(int number);

/// ends[0] is for reading, ends[1] for writing. Both block: see harness_set_blocking.
int harness_pipe(int ends[2]);
int harness_set_blocking(int descriptor, bool blocking);

/// A new pseudo-terminal's master (not blocking), and the device of its other side.
int harness_terminal(char *device, size_t capacity);
int harness_set_size(int master, int columns, int rows);

/// poll() with a timeout in nanoseconds; negative waits for ever. An interruption by a signal counts as a timeout.
int harness_poll(struct pollfd *descriptors, size_t count, int64_t nanoseconds);

/// A loopback TCP socket, bound and not yet listening, so that nobody else is given its port. family is 4 or 6.
/// *port 0 chooses one.
int harness_bind_tcp(int family, uint16_t *port);
int harness_bind_unix(const char *path);
/// Starts to connect, without waiting.
int harness_connect_tcp(int family, uint16_t port);
int harness_connect_unix(const char *path);
/// 0 when connected, else the error number.
int harness_connect_result(int descriptor);
int harness_accept(int listener);
/// The port of a TCP socket, its own or that of its peer; -1 when it has none.
int harness_port(int descriptor, bool of_peer);
/// The descriptor's next close sends a reset, not an orderly end.
void harness_reset_on_close(int descriptor);
/// Stops listening but keeps the port.
void harness_refuse(int listener);
/// Bytes written that the other side has not acknowledged yet.
int harness_unacknowledged(int descriptor);
/// Bytes in a socket or pipe that were not read yet; 0 when that cannot be known.
int harness_unread(int descriptor);
/// Sends without raising SIGPIPE.
ssize_t harness_send(int descriptor, const void *bytes, size_t count);
void harness_send_at_once(int descriptor);

/// The place where one run of bytes first stands in another; -1 if there is none.
ssize_t harness_find(const void *bytes, size_t count, const void *wanted, size_t wantedCount);

#endif
