#include "charness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

// The child opens its terminal here before it becomes 0, 1 and 2: a number none of the parent's descriptors has.
enum { terminal_slot = 1000 };

static int add_streams(posix_spawn_file_actions_t *actions, const struct harness_launch *launch) {
  int error = 0;
  // After setsid() the first terminal opened becomes the controlling one, so it is opened in the child, always.
  if (launch->terminal)
    error = posix_spawn_file_actions_addopen(actions, terminal_slot, launch->terminal, O_RDWR, 0);
  const int streams[3] = {launch->input, launch->output, launch->errors};
  for (int number = 0; !error && number < 3; number++)
    error = posix_spawn_file_actions_adddup2(
        actions, streams[number] >= 0 ? streams[number] : terminal_slot, number);
  if (!error) error = posix_spawn_file_actions_addclosefrom_np(actions, 3);
  if (!error && launch->directory) error = posix_spawn_file_actions_addchdir_np(actions, launch->directory);
  return error;
}

int harness_spawn(const struct harness_launch *launch, pid_t *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  int error = posix_spawn_file_actions_init(&actions);
  if (error) return error;
  error = posix_spawnattr_init(&attributes);
  if (error) {
    posix_spawn_file_actions_destroy(&actions);
    return error;
  }
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  error = add_streams(&actions, launch);
  if (!error)
    error = posix_spawn(pid, launch->path, &actions, &attributes, launch->arguments, launch->environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

int harness_pidfd(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }  // close-on-exec by itself

int harness_wait(pid_t pid, struct harness_change *change) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  int result;
  do {
    result = waitid(P_PID, (id_t)pid, &info, WEXITED | WSTOPPED | WNOHANG);
  } while (result < 0 && errno == EINTR);
  if (result < 0) return -1;
  if (info.si_pid == 0) return 0;
  change->exited = info.si_code == CLD_EXITED;
  change->signalled = info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
  change->stopped = info.si_code == CLD_STOPPED || info.si_code == CLD_TRAPPED;
  change->value = info.si_status;
  return 1;
}

void harness_reap(pid_t pid) {
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
}

void harness_adopt_orphans(void) { prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

static long landlock_version(void) {
  return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

bool harness_can_confine(void) { return landlock_version() >= 1; }

bool harness_confine(const char *const *paths, size_t count) {
  const long version = landlock_version();
  if (version < 1) return false;
  uint64_t rights = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                    LANDLOCK_ACCESS_FS_MAKE_SYM;
  // Moving a file to another directory is never allowed unless it is among the rights.
  if (version >= 2) rights |= 1ULL << 13;  // LANDLOCK_ACCESS_FS_REFER, which older headers lack
  if (version >= 3) rights |= 1ULL << 14;  // LANDLOCK_ACCESS_FS_TRUNCATE
  const uint64_t file_rights = rights & (LANDLOCK_ACCESS_FS_WRITE_FILE | 1ULL << 14);
  const struct landlock_ruleset_attr attributes = {.handled_access_fs = rights};
  int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
  if (rules < 0) return false;
  bool ok = true;
  for (size_t index = 0; ok && index < count; index++) {
    struct landlock_path_beneath_attr beneath = {0};
    struct stat status;
    beneath.parent_fd = open(paths[index], O_PATH | O_CLOEXEC);
    if (beneath.parent_fd < 0) continue;
    beneath.allowed_access = fstat(beneath.parent_fd, &status) == 0 && S_ISDIR(status.st_mode) ? rights : file_rights;
    ok = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0;
    close(beneath.parent_fd);
  }
  ok = ok && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
  close(rules);
  return ok;
}

// <linux/mount.h> of older systems lacks this; see mount_setattr(2).
struct seal_attributes {
  uint64_t set, clear, propagation, user_namespace;
};

static bool mount_read_only(const char *path, bool read_only, unsigned flags) {
  struct seal_attributes attributes = {0};
  *(read_only ? &attributes.set : &attributes.clear) = 1;  // MOUNT_ATTR_RDONLY
  return syscall(SYS_mount_setattr, AT_FDCWD, path, flags, &attributes, sizeof attributes) == 0;
}

// A process that may not make a namespace of mounts may do so in a namespace of users, where it stays the same user.
static bool new_mount_namespace(void) {
  if (unshare(CLONE_NEWNS) == 0) return true;
  const unsigned user = getuid(), group = getgid();
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0) return false;
  const struct {
    const char *path;
    unsigned number;
  } maps[] = {{"/proc/self/uid_map", user}, {"/proc/self/gid_map", group}};
  int denied = open("/proc/self/setgroups", O_WRONLY | O_CLOEXEC);
  bool ok = denied >= 0 && write(denied, "deny", 4) == 4;
  if (denied >= 0) close(denied);
  for (int index = 0; ok && index < 2; index++) {
    char line[64];
    const int length = snprintf(line, sizeof line, "%u %u 1", maps[index].number, maps[index].number);
    int map = open(maps[index].path, O_WRONLY | O_CLOEXEC);
    ok = map >= 0 && write(map, line, (size_t)length) == length;
    if (map >= 0) close(map);
  }
  return ok;
}

bool harness_seal(const char *directory) {
  if (!new_mount_namespace()) return false;
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) return false;
  if (mount(directory, directory, NULL, MS_BIND, NULL) < 0) return false;
  if (!mount_read_only("/", true, 0x8000)) return false;  // AT_RECURSIVE
  // Nothing can be left in these places, and much is done by writing to them. A path that is no mount of
  // its own is passed over.
  const char *const writable[] = {"/proc", "/dev", "/dev/pts"};
  for (size_t index = 0; index < sizeof writable / sizeof *writable; index++)
    mount_read_only(writable[index], false, 0);
  return mount_read_only(directory, false, 0);
}

bool harness_can_seal(const char *directory) {
  const pid_t child = fork();
  if (child == 0) _exit(harness_seal(directory) ? 0 : 1);
  int status = 1;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void harness_no_core_files(void) {
  const struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

int harness_interruptions(void) {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGINT);
  sigaddset(&wanted, SIGTERM);
  sigaddset(&wanted, SIGHUP);
  if (sigprocmask(SIG_BLOCK, &wanted, NULL) < 0) return -1;
  return signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
}

int harness_next_interruption(int descriptor) {
  struct signalfd_siginfo info;
  return read(descriptor, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

void harness_end_by(int number) {
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, number);
  signal(number, SIG_DFL);
  kill(getpid(), number);
  sigprocmask(SIG_UNBLOCK, &only, NULL);
}

int harness_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int harness_set_blocking(int descriptor, bool blocking) {
  int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0) return -1;
  return fcntl(descriptor, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

int harness_terminal(char *device, size_t capacity) {
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (master < 0) return -1;
  if (grantpt(master) == 0 && unlockpt(master) == 0 && ptsname_r(master, device, capacity) == 0) return master;
  int saved = errno;
  close(master);
  errno = saved;
  return -1;
}

int harness_set_size(int master, int columns, int rows) {
  const struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
  return ioctl(master, TIOCSWINSZ, &size);
}

int harness_poll(struct pollfd *descriptors, size_t count, int64_t nanoseconds) {
  const struct timespec timeout = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  int ready = ppoll(descriptors, count, nanoseconds < 0 ? NULL : &timeout, NULL);
  return ready < 0 && errno == EINTR ? 0 : ready;
}

static socklen_t loopback(int family, uint16_t port, struct sockaddr_storage *address) {
  memset(address, 0, sizeof *address);
  if (family == 6) {
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
    *six = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
    six->sin6_addr = in6addr_loopback;
    return sizeof *six;
  }
  struct sockaddr_in *four = (struct sockaddr_in *)address;
  *four = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
  four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return sizeof *four;
}

static int new_socket(int domain) { return socket(domain, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

static int closing(int descriptor) {
  int saved = errno;
  close(descriptor);
  errno = saved;
  return -1;
}

static int bind_once(int family, uint16_t *port) {
  struct sockaddr_storage address;
  socklen_t length = loopback(family, *port, &address);
  int one = 1, descriptor = new_socket(address.ss_family);
  if (descriptor < 0) return -1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (family == 6) setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
  if (bind(descriptor, (struct sockaddr *)&address, length) < 0 ||
      getsockname(descriptor, (struct sockaddr *)&address, &length) < 0)
    return closing(descriptor);
  *port = ntohs(family == 6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                            : ((struct sockaddr_in *)&address)->sin_port);
  return descriptor;
}

int harness_bind_tcp(int family, uint16_t *port) {
  if (*port) return bind_once(family, port);
  // A port the system chose is given up when the socket stops listening; one that was asked for by number is kept
  // (SOCK_BINDPORT_LOCK in Linux's inet_bind). So let the system choose, and ask for that number while holding it.
  int chooser = bind_once(family, port);
  if (chooser < 0) return -1;
  int descriptor = bind_once(family, port);
  closing(chooser);
  return descriptor;
}

static socklen_t unix_address(const char *path, struct sockaddr_un *address) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  if (strlen(path) >= sizeof address->sun_path) {
    errno = ENAMETOOLONG;
    return 0;
  }
  strcpy(address->sun_path, path);
  return sizeof *address;
}

int harness_bind_unix(const char *path) {
  struct sockaddr_un address;
  socklen_t length = unix_address(path, &address);
  int descriptor = length ? new_socket(AF_UNIX) : -1;
  if (descriptor < 0) return -1;
  if (bind(descriptor, (struct sockaddr *)&address, length) < 0) return closing(descriptor);
  return descriptor;
}

static int start_connecting(const struct sockaddr *address, socklen_t length) {
  int descriptor = new_socket(address->sa_family);
  if (descriptor < 0) return -1;
  if (connect(descriptor, address, length) < 0 && errno != EINPROGRESS) return closing(descriptor);
  return descriptor;
}

int harness_connect_tcp(int family, uint16_t port) {
  struct sockaddr_storage address;
  socklen_t length = loopback(family, port, &address);
  return start_connecting((struct sockaddr *)&address, length);
}

int harness_connect_unix(const char *path) {
  struct sockaddr_un address;
  socklen_t length = unix_address(path, &address);
  return length ? start_connecting((struct sockaddr *)&address, length) : -1;
}

int harness_connect_result(int descriptor) {
  int error = 0;
  socklen_t length = sizeof error;
  return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) < 0 ? errno : error;
}

int harness_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }

int harness_port(int descriptor, bool of_peer) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  int (*const ask)(int, struct sockaddr *, socklen_t *) = of_peer ? getpeername : getsockname;
  if (ask(descriptor, (struct sockaddr *)&address, &length) < 0) return -1;
  if (address.ss_family == AF_INET) return ntohs(((struct sockaddr_in *)&address)->sin_port);
  return address.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&address)->sin6_port) : -1;
}

void harness_reset_on_close(int descriptor) {
  const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void harness_refuse(int listener) { shutdown(listener, SHUT_RD); }

int harness_unacknowledged(int descriptor) {
  int bytes = 0;
  return ioctl(descriptor, SIOCOUTQ, &bytes) < 0 ? 0 : bytes;
}

int harness_unread(int descriptor) {
  int bytes = 0;
  return ioctl(descriptor, FIONREAD, &bytes) < 0 ? 0 : bytes;
}

ssize_t harness_send(int descriptor, const void *bytes, size_t count) {
  return send(descriptor, bytes, count, MSG_NOSIGNAL);
}

void harness_send_at_once(int descriptor) {
  int one = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

ssize_t harness_find(const void *bytes, size_t count, const void *wanted, size_t wantedCount) {
  const char *found = memmem(bytes, count, wanted, wantedCount);
  return found ? found - (const char *)bytes : -1;
}
