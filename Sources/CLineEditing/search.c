#include "clineediting.h"

#include <stdio.h>

#include <readline/readline.h>

// A search without a string, and none before it to be repeated, ends without a word: the line stays taken away, and
// the search's prompt stays before the next one. So the line is put back here, as where nothing was found.
static int put_back(int result) {
  if (rl_display_prompt != rl_prompt) {
    rl_maybe_unsave_line();
    rl_clear_message();
  }
  return result;
}

int clineediting_search_forward(int count, int key) { return put_back(rl_noninc_forward_search(count, key)); }
int clineediting_search_backward(int count, int key) { return put_back(rl_noninc_reverse_search(count, key)); }
int clineediting_vi_search(int count, int key) { return put_back(rl_vi_search(count, key)); }
