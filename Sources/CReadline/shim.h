// GNU readline declares its functions in terms of FILE, so stdio comes first.
#include <stdio.h>
#include <wchar.h>
#include <readline/readline.h>
#include <readline/history.h>

// A command of readline, and the one that is to stand in its place.
struct creadline_replacement {
  rl_command_func_t *from;
  rl_command_func_t *to;
};

// Puts the replacements into a keymap, prefix maps included: the user's own key bindings stay, and run our commands.
// Bounded by the depth of keymaps; a keymap never contains itself. `prefix` is the key that leads to the map.
//
// do-lowercase-version runs what the lower-case key has. At a key that has no lower case it would run itself for ever,
// so it is taken away there. The entry behind the last key is what the prefix itself does.
static inline void creadline_replace(
    Keymap map, int prefix, const struct creadline_replacement *replacements, size_t count) {
  for (int key = 0; key < KEYMAP_SIZE; key++) {
    if (map[key].function == NULL) continue;
    if (map[key].type == ISKMAP) creadline_replace((Keymap)map[key].function, key, replacements, count);
    if (map[key].type != ISFUNC) continue;
    int pressed = key == ANYOTHERKEY ? prefix : key;
    if (map[key].function == rl_do_lowercase_version && (pressed < 'A' || pressed > 'Z')) map[key].function = NULL;
    for (size_t i = 0; i < count; i++)
      if (map[key].function == replacements[i].from) map[key].function = replacements[i].to;
  }
}

// Puts one command in the place of another at one key.
static inline void creadline_replace_key(Keymap map, int key, struct creadline_replacement replacement) {
  if (map[key].type == ISFUNC && map[key].function == replacement.from) map[key].function = replacement.to;
}

// wcwidth(3), which glibc declares only under a feature test that Swift's view of it does not pass.
extern int wcwidth(wchar_t character);
static inline int creadline_cells(unsigned character) { return wcwidth((wchar_t)character); }
