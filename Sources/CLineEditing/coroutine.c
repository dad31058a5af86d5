#include "clineediting.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

struct coroutine {
  ucontext_t inside;
  ucontext_t outside;
  void (*body)(void);
  void *stack;
  size_t bytes;
  // The address sanitizer's notes about the two stacks.
  void *inside_shadow;
  void *outside_shadow;
  const void *outside_stack;
  size_t outside_bytes;
};

// The address sanitizer must be told of every change of stacks. It is linked in only by a build that asks for it.
extern void __sanitizer_start_switch_fiber(void **shadow, const void *bottom, size_t bytes) __attribute__((weak));
extern void __sanitizer_finish_switch_fiber(void *shadow, const void **bottom, size_t *bytes) __attribute__((weak));

// makecontext(3) passes integers only, so the first resumption leaves the coroutine here.
static struct coroutine *beginning;

static void begin(void) {
  struct coroutine *coroutine = beginning;
  if (__sanitizer_finish_switch_fiber)
    __sanitizer_finish_switch_fiber(NULL, &coroutine->outside_stack, &coroutine->outside_bytes);
  coroutine->body();
  abort();
}

struct coroutine *coroutine_create(void (*body)(void), size_t bytes) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  struct coroutine *coroutine = calloc(1, sizeof *coroutine);
  if (!coroutine) return NULL;
  char *memory = mmap(NULL, page + bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory, page, PROT_NONE) != 0 || getcontext(&coroutine->inside) != 0) {
    if (memory != MAP_FAILED) munmap(memory, page + bytes);
    free(coroutine);
    return NULL;
  }
  coroutine->body = body;
  coroutine->stack = memory + page;
  coroutine->bytes = bytes;
  coroutine->inside.uc_stack.ss_sp = coroutine->stack;
  coroutine->inside.uc_stack.ss_size = bytes;
  coroutine->inside.uc_link = NULL;
  makecontext(&coroutine->inside, begin, 0);
  return coroutine;
}

void coroutine_resume(struct coroutine *coroutine) {
  beginning = coroutine;
  if (__sanitizer_start_switch_fiber)
    __sanitizer_start_switch_fiber(&coroutine->outside_shadow, coroutine->stack, coroutine->bytes);
  swapcontext(&coroutine->outside, &coroutine->inside);
  if (__sanitizer_finish_switch_fiber) __sanitizer_finish_switch_fiber(coroutine->outside_shadow, NULL, NULL);
}

void coroutine_suspend(struct coroutine *coroutine) {
  if (__sanitizer_start_switch_fiber)
    __sanitizer_start_switch_fiber(&coroutine->inside_shadow, coroutine->outside_stack, coroutine->outside_bytes);
  swapcontext(&coroutine->inside, &coroutine->outside);
  if (__sanitizer_finish_switch_fiber)
    __sanitizer_finish_switch_fiber(coroutine->inside_shadow, &coroutine->outside_stack, &coroutine->outside_bytes);
}
