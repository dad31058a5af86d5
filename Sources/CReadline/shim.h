// GNU readline declares its functions in terms of FILE, so stdio comes first.
#include <stdio.h>
#include <wchar.h>
#include <readline/readline.h>
#include <readline/history.h>

// Puts `to` in the place of `from` wherever a keymap has it, prefix maps included: the user's own key bindings stay,
// and run our function. Bounded by the depth of keymaps; a keymap never contains itself.
static inline void creadline_replace(Keymap map, rl_command_func_t *from, rl_command_func_t *to) {
  for (int key = 0; key < KEYMAP_SIZE; key++) {
    if (map[key].type == ISFUNC && map[key].function == from) map[key].function = to;
    if (map[key].type == ISKMAP && map[key].function != NULL) creadline_replace((Keymap)map[key].function, from, to);
  }
}

// wcwidth(3), which glibc declares only under a feature test that Swift's view of it does not pass.
extern int wcwidth(wchar_t character);
static inline int creadline_cells(unsigned character) { return wcwidth((wchar_t)character); }
