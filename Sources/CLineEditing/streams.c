#include "clineediting.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static ssize_t hand_over(void *cookie, const char *bytes, size_t count) {
  void (*take)(const char *, size_t) = (void (*)(const char *, size_t))cookie;
  take(bytes, count);
  return (ssize_t)count;
}

FILE *clineediting_stream(void (*take)(const char *bytes, size_t count)) {
  cookie_io_functions_t functions = {.write = hand_over};
  FILE *stream = fopencookie((void *)take, "w", functions);
  if (stream) setvbuf(stream, NULL, _IONBF, 0);
  return stream;
}

static FILE *real_output, *real_errors;

void clineediting_lead_output_to(FILE *stream) {
  if (!real_output) real_output = stdout;
  stdout = stream ? stream : real_output;
}

void clineediting_lead_errors_to(FILE *stream) {
  if (!real_errors) real_errors = stderr;
  stderr = stream ? stream : real_errors;
}

void clineediting_window_size(int descriptor, int *rows, int *columns) {
  struct winsize size = {0};
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) memset(&size, 0, sizeof size);
  *rows = size.ws_row;
  *columns = size.ws_col;
}

static char **true_environment, **overridden;

void clineediting_override_locale(const char *locale) {
  if (!overridden) {
    size_t count = 0;
    while (environ[count]) count++;
    // One more for LC_ALL and one for the end. It is made once and kept: a reader may still be in it.
    char **copy = calloc(count + 2, sizeof *copy);
    char *setting = NULL;
    if (!copy || asprintf(&setting, "LC_ALL=%s", locale) < 0) abort();
    size_t length = 0;
    copy[length++] = setting;
    for (size_t i = 0; i < count; i++)
      if (strncmp(environ[i], "LC_ALL=", strlen("LC_ALL=")) != 0) copy[length++] = environ[i];
    overridden = copy;
  }
  if (environ == overridden) return;
  true_environment = environ;
  environ = overridden;
}

void clineediting_restore_environment(void) {
  if (true_environment) environ = true_environment;
}
