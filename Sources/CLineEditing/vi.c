#include "clineediting.h"

#include <readline/readline.h>
#include <string.h>

// Whether `.` repeats a command, which then reads no keys.
static int repeats;

// Readline reads the count of a motion by itself, and takes whatever key follows it for a motion. With `d`, `c` or
// `y` it then runs the same function within itself, and uses what the inner one has freed. So the count is read here.
static int operate(rl_command_func_t *command, int count, int key) {
  // As in vi_mode.c of readline 8.2; space is one of them.
  static const char motions[] = " hl^$0ftFT;,%wbeWBE|`";
  enum { countMax = 1000000 };
  if (repeats || !strchr("dcy", key)) return command(count, key);
  int motion_count = 0;
  int motion = rl_read_key();
  while (motion >= (motion_count ? '0' : '1') && motion <= '9') {
    motion_count = motion_count * 10 + (motion - '0');
    if (motion_count > countMax) motion_count = countMax;
    motion = rl_read_key();
  }
  if (motion < 0) return 1;
  // Zero is "nothing pending" to readline.
  if (motion == 0) return rl_ding();
  if (motion_count) {
    if (motion != key && !strchr(motions, motion)) return rl_ding();
    rl_numeric_arg = count > countMax / motion_count ? countMax : count * motion_count;
    rl_explicit_arg = 1;
  }
  rl_execute_next(motion);
  return command(rl_numeric_arg, key);
}

int clineediting_vi_delete_to(int count, int key) { return operate(rl_vi_delete_to, count, key); }
int clineediting_vi_change_to(int count, int key) { return operate(rl_vi_change_to, count, key); }
int clineediting_vi_yank_to(int count, int key) { return operate(rl_vi_yank_to, count, key); }

int clineediting_vi_redo(int count, int key) {
  repeats = 1;
  int result = rl_vi_redo(count, key);
  repeats = 0;
  return result;
}

void clineediting_command_begins(void) { repeats = 0; }
