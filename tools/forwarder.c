// The yardstick of tools/bench-relay: the least a program can do that joins connections two by two. It accepts on one
// port, joins every two in the order they come, and for each that is ready reads once and writes once. One thread, no
// checks beyond what keeps it alive, nothing a relay for strangers needs: no rooms, no bounds, no answers, no time.
//
//   cc -O2 -o forwarder forwarder.c && ./forwarder PORT
//
// What a slow reader does not take is kept in a buffer made for it, and its partner is not read meanwhile, as the relay
// does it.
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { buffer_bytes = 64 << 10, events_max = 256 };

struct end {
  int fd;
  int peer_ended;   // it has announced its end
  struct end *other;
  char *parked;     // what it has not taken yet
  size_t parked_from, parked_to;
};

static int queue;
static char buffer[buffer_bytes];
static struct end nobody = {.fd = -2};

static void watch(struct end *end, int operation, unsigned events) {
  struct epoll_event event = {.events = events, .data.ptr = end};
  if (epoll_ctl(queue, operation, end->fd, &event) < 0) perror("epoll_ctl"), exit(1);
}

static void drop(struct end *end) {
  struct end *other = end->other;
  if (end->fd < 0) return;
  close(end->fd), close(other->fd);
  end->fd = other->fd = -1;   // freed at the end of the turn
}

// Bytes from one end to the other.
static void forward(struct end *end) {
  struct end *other = end->other;
  ssize_t count = recv(end->fd, buffer, sizeof buffer, 0);
  if (count < 0) {
    if (errno != EAGAIN && errno != EINTR) drop(end);
    return;
  }
  if (count == 0) {
    end->peer_ended = 1;
    shutdown(other->fd, SHUT_WR);
    if (other->peer_ended) drop(end);
    else watch(end, EPOLL_CTL_MOD, 0);
    return;
  }
  ssize_t sent = send(other->fd, buffer, count, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) { drop(end); return; }
  if (sent < 0) sent = 0;
  if (sent < count) {
    other->parked = malloc(count - sent);
    memcpy(other->parked, buffer + sent, count - sent);
    other->parked_from = 0, other->parked_to = count - sent;
    watch(end, EPOLL_CTL_MOD, 0);
    watch(other, EPOLL_CTL_MOD, (other->peer_ended ? 0 : EPOLLIN) | EPOLLOUT);
  }
}

// An end that had not taken everything takes bytes again.
static void flush(struct end *end) {
  ssize_t sent = send(end->fd, end->parked + end->parked_from, end->parked_to - end->parked_from, MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno != EAGAIN) drop(end);
    return;
  }
  end->parked_from += sent;
  if (end->parked_from < end->parked_to) return;
  free(end->parked);
  end->parked = NULL;
  watch(end, EPOLL_CTL_MOD, end->peer_ended ? 0 : EPOLLIN);
  watch(end->other, EPOLL_CTL_MOD, EPOLLIN);
}

int main(int argc, char **argv) {
  if (argc != 2) return fprintf(stderr, "usage: forwarder PORT\n"), 64;
  signal(SIGPIPE, SIG_IGN);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);

  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);   // accepted connections take it over
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 4096) < 0)
    return perror("listen"), 1;
  queue = epoll_create1(0);
  watch(&(struct end){.fd = listener}, EPOLL_CTL_ADD, EPOLLIN);

  struct end *first = NULL;
  for (;;) {
    struct epoll_event events[events_max];
    int count = epoll_wait(queue, events, events_max, -1);
    for (int i = 0; i < count; i++) {
      struct end *end = events[i].data.ptr;
      if (end->fd == listener) {
        for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
          struct end *new = calloc(1, sizeof *new);
          new->fd = fd;
          if (!first) { first = new; continue; }
          new->other = first, first->other = new;
          watch(first, EPOLL_CTL_ADD, EPOLLIN), watch(new, EPOLL_CTL_ADD, EPOLLIN);
          first = NULL;
        }
        continue;
      }
      if (end->fd >= 0 && end->parked && events[i].events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) flush(end);
      if (end->fd >= 0 && !end->other->parked && events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP)) forward(end);
    }
    for (int i = 0; i < count; i++) {
      struct end *end = events[i].data.ptr;
      if (end->fd != -1 || !end->other) continue;
      // Both of a pair are freed with the first of them that is met; the other may stand in a later event.
      for (int j = i + 1; j < count; j++)
        if (events[j].data.ptr == end || events[j].data.ptr == end->other) events[j].data.ptr = &nobody;
      free(end->parked), free(end->other->parked), free(end->other), free(end);
    }
  }
}
