// The load of tools/bench-relay: loads a program that joins or forwards connections, over loopback, and prints numbers.
//
//   relay-load latency KIND PORT LINES
//     p50 and p99 of one way of a 64-byte line, in ns
//   relay-load flood KIND PORT SECONDS CHUNK
//     64-byte lines a second through one pair, in writes of CHUNK bytes
//   relay-load busy KIND PORT SECONDS PAIRS PID
//     lines a second with one 64-byte line in flight in each pair, and the processor time PID used for each, in ns
//   relay-load idle KIND PORT PAIRS PID
//     resident memory PID takes for each idle pair, in bytes
//   relay-load hold KIND PORT PAIRS
//     opens pairs, prints how many, holds them until standard input ends
//   relay-load storm KIND PORT SECONDS SEED
//     guests that join, send, flood, stand still, send nonsense, leave and reset
//   relay-load open KIND PORT PAIRS
//     pairs opened a second, 64 at a time
//   relay-load crowd KIND PORT GUESTS MS TEXT
//     guests that send TEXT, a byte every MS, until they are refused: how many came, how many received an ERROR line,
//     and after how many seconds the last did
//   relay-load noise KIND PORT BYTES
//     one guest that sends that much without a line feed: how much was taken, and what it received
//   relay-load deaf KIND PORT BYTES PID
//     a pair of which one sends that much and the other reads only once nothing is taken any more: bytes taken before,
//     bytes that arrived as they were sent, peak KiB of PID
//   relay-load stalled KIND PORT PAIRS PID
//     pairs of which one sends and the other reads only once nothing is taken any more: bytes taken before, bytes that
//     arrived, peak KiB of PID
//
// KIND is how two connections become a pair: `room` (both send JOIN), `bare` (in the order they come), or a port number
// (the program forwards each connection to that port, where we accept it).
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { line_bytes = 64, pairs_max = 12000, batch = 64 };
static char line[line_bytes + 1] = "sixty-four bytes, a line as people type them, with its line feed";

static void die(const char *what) { perror(what), exit(1); }

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

// ---- pairs

static int port, backend = -1, kind_is_room;
static unsigned long rooms;
// The size of a guest's own buffers in the kernel; 0 leaves it to the kernel.
static int buffer_bytes;

// $RELAY_LOAD_FROM: the address to come from, so that not everybody is one source.
static int dial(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  const char *from = getenv("RELAY_LOAD_FROM");
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = from ? inet_addr(from) : 0};
  if (from && bind(fd, (struct sockaddr *)&here, sizeof here) < 0) die("bind");
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  // A reset at close leaves no TIME_WAIT behind, so that runs do not take each other's ports.
  struct linger at_once = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (buffer_bytes > 0) {
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
  }
  if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0) die("connect");
  return fd;
}

static void expect(int fd, const char *text) {
  char got[128];
  size_t length = strlen(text), have = 0;
  while (have < length) {
    ssize_t count = recv(fd, got + have, length - have, 0);
    if (count <= 0) die("expect");
    have += count;
  }
  if (memcmp(got, text, length)) fprintf(stderr, "expected %s got %.*s\n", text, (int)have, got), exit(1);
}

static void put(int fd, const char *text, size_t length) {
  while (length > 0) {
    ssize_t count = send(fd, text, length, MSG_NOSIGNAL);
    if (count < 0) die("send");
    text += count, length -= count;
  }
}

static void begin_pair(int *a, int *b) {
  *a = dial();
  if (backend >= 0) {
    int one = 1;
    struct linger at_once = {1, 0};
    *b = accept(backend, NULL, NULL);
    setsockopt(*b, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    setsockopt(*b, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return;
  }
  *b = dial();
  if (kind_is_room) {
    char join[64];
    int length = snprintf(join, sizeof join, "TINCAN/1 JOIN load-%d-%lu\n", (int)getpid(), rooms++);
    put(*a, join, length), put(*b, join, length);
  }
}

static void finish_pair(int a, int b) {
  if (!kind_is_room) {
    // A byte each way shows that they are joined.
    put(a, "x", 1), expect(b, "x");
    return;
  }
  // Several threads may have read the two in either order.
  char got[128];
  size_t have = 0;
  while (have == 0 || got[have - 1] != '\n') {
    if (have == sizeof got) fprintf(stderr, "a line too long\n"), exit(1);
    ssize_t count = recv(a, got + have, 1, 0);
    if (count <= 0) die("preamble");
    have += count;
  }
  int a_waited = got[9] == 'W';
  expect(b, a_waited ? "TINCAN/1 PAIRED 2\n" : "TINCAN/1 WAIT\nTINCAN/1 PAIRED 1\n");
  if (a_waited) expect(a, "TINCAN/1 PAIRED 1\n");
}

static int (*pairs)[2];

static void open_pairs(int count) {
  pairs = calloc(count, sizeof *pairs);
  for (int done = 0; done < count; done += batch) {
    int end = done + batch < count ? done + batch : count;
    for (int i = done; i < end; i++) begin_pair(&pairs[i][0], &pairs[i][1]);
    for (int i = done; i < end; i++) finish_pair(pairs[i][0], pairs[i][1]);
  }
}

// ---- what is measured

static int by_size(const void *a, const void *b) {
  double d = *(double *)a - *(double *)b;
  return d < 0 ? -1 : d > 0;
}

static void latency(int lines) {
  double *took = calloc(lines, sizeof *took);
  char got[line_bytes];
  open_pairs(1);
  for (int i = -1000; i < lines; i++) {   // the first thousand warm up
    double start = now();
    put(pairs[0][0], line, line_bytes);
    for (ssize_t have = 0, count; have < line_bytes; have += count)
      if ((count = recv(pairs[0][1], got, sizeof got, 0)) <= 0) die("recv");
    if (i >= 0) took[i] = now() - start;
  }
  qsort(took, lines, sizeof *took, by_size);
  printf("%.0f %.0f\n", took[lines / 2] * 1e9, took[lines / 100 * 99] * 1e9);
}

static volatile int flood_over;
static int flood_chunk;

static void *flood_sender(void *unused) {
  (void)unused;
  char *chunk = malloc(flood_chunk);
  for (int i = 0; i < flood_chunk; i++) chunk[i] = line[i % line_bytes];
  while (!flood_over && send(pairs[0][0], chunk, flood_chunk, MSG_NOSIGNAL) > 0) {}
  return NULL;
}

static void flood(double seconds, int chunk) {
  static char got[256 << 10];
  flood_chunk = chunk;
  open_pairs(1);
  pthread_t sender;
  pthread_create(&sender, NULL, flood_sender, NULL);
  double bytes = 0, begin = 0, until = now() + 0.3;
  for (;;) {
    ssize_t count = recv(pairs[0][1], got, sizeof got, 0);
    if (count <= 0) die("recv");
    bytes += count;
    double t = now();
    if (!begin && t > until) begin = t, until = t + seconds, bytes = 0;
    else if (begin && t > until) break;
  }
  printf("%.0f\n", bytes / line_bytes / (now() - begin));
  flood_over = 1;
  exit(0);
}

static double processor_seconds(int pid) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *file = fopen(path, "r");
  if (!file) die(path);
  size_t length = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[length] = 0;
  unsigned long user, system;
  // Fields 14 and 15 of proc(5), counted behind the name in parentheses.
  sscanf(strrchr(text, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
  return (user + system) / (double)sysconf(_SC_CLK_TCK);
}

static void busy(double seconds, int count, int pid) {
  char got[line_bytes];
  open_pairs(count);
  int queue = epoll_create1(0);
  for (int i = 0; i < 2 * count; i++) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u32 = i};
    epoll_ctl(queue, EPOLL_CTL_ADD, pairs[i / 2][i % 2], &event);
  }
  for (int i = 0; i < count; i++) put(pairs[i][0], line, line_bytes);
  double lines = 0, begin = 0, until = now() + 0.5, processor = 0;
  for (;;) {
    struct epoll_event events[256];
    int ready = epoll_wait(queue, events, 256, 1000);
    if (ready == 0) die("nothing arrives");
    for (int i = 0; i < ready; i++) {
      int fd = pairs[events[i].data.u32 / 2][events[i].data.u32 % 2];
      // A line is one segment here; what comes back goes out again.
      ssize_t have = recv(fd, got, sizeof got, MSG_DONTWAIT);
      if (have < 0 && errno == EAGAIN) continue;
      if (have != line_bytes) die("a line is cut");
      if (send(fd, got, line_bytes, MSG_NOSIGNAL) != line_bytes) die("send");
      lines++;
    }
    double t = now();
    if (!begin && t > until) begin = t, until = t + seconds, lines = 0, processor = processor_seconds(pid);
    else if (begin && t > until) break;
  }
  double took = now() - begin;
  printf("%.0f %.0f\n", lines / took, (processor_seconds(pid) - processor) / lines * 1e9);
}

static long resident(int pid) {
  char path[64];
  long total, pages;
  snprintf(path, sizeof path, "/proc/%d/statm", pid);
  FILE *file = fopen(path, "r");
  if (!file || fscanf(file, "%ld %ld", &total, &pages) != 2) die(path);
  fclose(file);
  return pages * sysconf(_SC_PAGESIZE);
}

static void idle(int count, int pid) {
  long before = resident(pid);
  open_pairs(count);
  printf("%.0f\n", (resident(pid) - before) / (double)count);
}

static void hold(int count) {
  open_pairs(count);
  printf("%d\n", count);
  fflush(stdout);
  while (getchar() != EOF) {}
}

// ---- guests that are up to no good

static void crowd(int count, int milliseconds, const char *text) {
  static char got[4096];
  struct guest { int fd; size_t said; int heard; } *guests = calloc(count, sizeof *guests);
  int queue = epoll_create1(0), here = 0, told = 0, came = 0;
  double begin = now(), next = begin, last = begin;
  for (int i = 0; i < count; i++) {
    guests[i].fd = dial();
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
    epoll_ctl(queue, EPOLL_CTL_ADD, guests[i].fd, &event);
    here++, came++;
  }
  while (here > 0 && now() - begin < 60) {
    if (now() >= next) {
      next = now() + milliseconds / 1000.0;
      for (int i = 0; i < count; i++)
        if (guests[i].fd >= 0 && guests[i].said < strlen(text))
          guests[i].said += send(guests[i].fd, text + guests[i].said, 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
    }
    struct epoll_event events[256];
    int ready = epoll_wait(queue, events, 256, milliseconds < 100 ? milliseconds : 100);
    for (int i = 0; i < ready; i++) {
      struct guest *guest = &guests[events[i].data.u32];
      ssize_t length = recv(guest->fd, got, sizeof got - 1, MSG_DONTWAIT);
      if (length > 0) {
        got[length] = 0;
        if (!guest->heard && strstr(got, "TINCAN/1 ERROR ")) guest->heard = 1, told++, last = now();
      } else if (length == 0 || errno != EAGAIN) {
        close(guest->fd), guest->fd = -1, here--;
      }
    }
  }
  printf("%d %d %.1f\n", came, told, last - begin);
}

static void noise(double bytes) {
  static char text[64 << 10], got[4096];
  memset(text, 'x', sizeof text);
  int fd = dial();
  double taken = 0;
  while (taken < bytes) {
    ssize_t count = send(fd, text, sizeof text, MSG_NOSIGNAL);
    if (count <= 0) break;
    taken += count;
  }
  size_t have = 0;
  for (ssize_t count; have < sizeof got - 1; have += count)
    if ((count = recv(fd, got + have, sizeof got - 1 - have, 0)) <= 0) break;
  got[have] = 0;
  printf("%.0f %s", taken, have ? got : "nothing\n");
}

static long peak(int pid) {
  char path[64], row[256];
  long peak = -1;
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE *file = fopen(path, "r");
  if (!file) die(path);
  while (fgets(row, sizeof row, file)) sscanf(row, "VmHWM: %ld", &peak);
  fclose(file);
  return peak;
}

static double deaf_bytes, deaf_sent;

// Byte n of what is sent is n modulo 251, a prime, so that whatever is lost, doubled or moved shows.
enum { cycle = 251 };

static void *deaf_sender(void *unused) {
  (void)unused;
  static unsigned char text[cycle * 1024];
  for (size_t i = 0; i < sizeof text; i++) text[i] = i % cycle;
  while (deaf_sent < deaf_bytes) {
    size_t from = (unsigned long)deaf_sent % cycle, length = sizeof text - cycle;
    if (deaf_bytes - deaf_sent < length) length = deaf_bytes - deaf_sent;
    ssize_t count = send(pairs[0][0], text + from, length, MSG_NOSIGNAL);
    if (count <= 0) die("send");
    deaf_sent += count;
  }
  shutdown(pairs[0][0], SHUT_WR);
  return NULL;
}

static void deaf(double bytes, int pid) {
  static unsigned char got[256 << 10];
  open_pairs(1);
  deaf_bytes = bytes;
  pthread_t sender;
  pthread_create(&sender, NULL, deaf_sender, NULL);
  // It stands still when it sent nothing for half a second.
  double before = -1, stood;
  while (before != (stood = *(volatile double *)&deaf_sent)) before = stood, usleep(500000);
  unsigned long right = 0;
  unsigned char wanted = 0;
  for (ssize_t count; (count = recv(pairs[0][1], got, sizeof got, 0)) > 0;)
    for (ssize_t i = 0; i < count; i++, right++) {
      if (got[i] != wanted) fprintf(stderr, "byte %lu is wrong\n", right), exit(1);
      if (++wanted == cycle) wanted = 0;
    }
  pthread_join(sender, NULL);
  printf("%.0f %lu %ld\n", stood, right, peak(pid));
}

// ---- many readers that stand still

static void stalled(int count, int pid) {
  static char bytes[64 << 10];
  unsigned long stood = 0, arrived = 0;
  ssize_t moved;
  // Hundreds of buffers of the usual size would need more memory than a kernel has for TCP.
  buffer_bytes = 64 << 10;
  open_pairs(count);
  // Nobody takes anything any more when nobody did for half a second.
  for (double last = now(); now() - last < 0.5; usleep(1000))
    for (int i = 0; i < count; i++)
      while ((moved = send(pairs[i][0], bytes, sizeof bytes, MSG_NOSIGNAL | MSG_DONTWAIT)) > 0)
        stood += moved, last = now();
  for (int i = 0; i < count; i++) shutdown(pairs[i][0], SHUT_WR);
  for (int i = 0; i < count; i++)
    while ((moved = recv(pairs[i][1], bytes, sizeof bytes, 0)) > 0) arrived += moved;
  printf("%lu %lu %ld\n", stood, arrived, peak(pid));
}

// ---- a storm

static unsigned long long dice_state;

static unsigned dice(unsigned sides) {   // SplitMix64
  unsigned long long z = dice_state += 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return (z ^ (z >> 31)) % sides;
}

static void storm(double seconds, unsigned long long seed) {
  enum { guests = 400 };
  static const char *nonsense[] = {"GET / HTTP/1.1\r\n\r\n", "\026\003\001\002", "TINCAN/2 JOIN a\n",
                                   "TINCAN/1 JOIN a b\n", "hello\n", "TINCAN/1 JOIN "};
  static char bytes[64 << 10];
  static struct { int fd, reads; } guest[guests];
  unsigned long arrivals = 0, actions = 0;
  dice_state = seed;
  for (int i = 0; i < guests; i++) guest[i].fd = -1;
  for (double until = now() + seconds; now() < until; actions++) {
    int i = dice(guests), fd = guest[i].fd;
    char join[64];
    int length = snprintf(join, sizeof join, "TINCAN/1 JOIN storm-%u\n", dice(150));
    if (fd < 0) {
      // dial() has a reset at close; half of them leave in peace.
      fd = guest[i].fd = dial();
      if (dice(2)) setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){0, 0}, sizeof(struct linger));
      guest[i].reads = dice(5) > 0;
      arrivals++;
      unsigned what = dice(10);
      if (what < 7) send(fd, join, length, MSG_NOSIGNAL | MSG_DONTWAIT);
      else if (what == 7) send(fd, join, dice(length), MSG_NOSIGNAL | MSG_DONTWAIT);
      else if (what == 8) {
        const char *text = nonsense[dice(sizeof nonsense / sizeof *nonsense)];
        send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
      }
    } else {
      unsigned what = dice(100);
      if (what < 40) send(fd, bytes, 1 + dice(what < 5 ? sizeof bytes : 100), MSG_NOSIGNAL | MSG_DONTWAIT);
      else if (what < 90) {
        if (guest[i].reads && recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) == 0) close(fd), guest[i].fd = -1;
      } else if (what < 93) shutdown(fd, SHUT_WR);
      else if (what < 97) close(fd), guest[i].fd = -1;
    }
    usleep(100);
  }
  for (int i = 0; i < guests; i++) if (guest[i].fd >= 0) close(guest[i].fd);
  printf("%lu arrivals, %lu actions\n", arrivals, actions);
}

static void open_many(int count) {
  int a[batch], b[batch];
  double begin = now();
  for (int done = 0; done < count; done += batch) {
    for (int i = 0; i < batch; i++) begin_pair(&a[i], &b[i]);
    for (int i = 0; i < batch; i++) finish_pair(a[i], b[i]);
    for (int i = 0; i < batch; i++) close(a[i]), close(b[i]);
  }
  printf("%.0f\n", count / (now() - begin));
}

int main(int argc, char **argv) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (argc < 5) return fprintf(stderr, "usage: see the first lines of relay-load.c\n"), 64;
  port = atoi(argv[3]);
  line[line_bytes - 1] = '\n';
  kind_is_room = !strcmp(argv[2], "room");
  if (atoi(argv[2])) {
    int one = 1;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
    backend = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(backend, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(backend, (struct sockaddr *)&at, sizeof at) < 0 || listen(backend, 4096) < 0) die("backend");
  }
  if (!strcmp(argv[1], "latency")) latency(atoi(argv[4]));
  if (!strcmp(argv[1], "flood")) flood(atof(argv[4]), atoi(argv[5]));
  if (!strcmp(argv[1], "busy")) busy(atof(argv[4]), atoi(argv[5]), atoi(argv[6]));
  if (!strcmp(argv[1], "idle")) idle(atoi(argv[4]), atoi(argv[5]));
  if (!strcmp(argv[1], "storm")) storm(atof(argv[4]), strtoull(argv[5], NULL, 10));
  if (!strcmp(argv[1], "hold")) hold(atoi(argv[4]));
  if (!strcmp(argv[1], "crowd")) crowd(atoi(argv[4]), atoi(argv[5]), argv[6]);
  if (!strcmp(argv[1], "noise")) noise(atof(argv[4]));
  if (!strcmp(argv[1], "deaf")) deaf(atof(argv[4]), atoi(argv[5]));
  if (!strcmp(argv[1], "stalled")) stalled(atoi(argv[4]), atoi(argv[5]));
  if (!strcmp(argv[1], "open")) open_many(atoi(argv[4]));
  return 0;
}
