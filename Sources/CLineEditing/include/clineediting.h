// Line editing needs some things of C that Swift cannot write: a second stack, streams that hand over what is printed,
// the size of the window, and an environment for one call. Nothing here decides anything; the Terminal module does.
#ifndef TINCAN_CLINEEDITING_H
#define TINCAN_CLINEEDITING_H

#include <stddef.h>
#include <stdio.h>

// A function on a stack of its own. It runs on the thread that resumes it, and can be left in the middle.
struct coroutine;

// Makes one that will run `body`, which must never return. `bytes` is the size of its stack; the page below it is
// unreadable, so that an overflow faults. NULL and errno when there is no memory for it.
struct coroutine *coroutine_create(void (*body)(void), size_t bytes);

// Runs it, from its beginning or from where it suspended itself, until it suspends itself.
void coroutine_resume(struct coroutine *coroutine);

// Called on its stack: goes back to who resumed it.
void coroutine_suspend(struct coroutine *coroutine);

// A stream that hands what is written to it to `take`, unbuffered: fopencookie(3). NULL and errno on failure.
FILE *clineediting_stream(void (*take)(const char *bytes, size_t count));

// Makes C code that prints to standard output or standard error print to `stream`. NULL leads back to the real one.
// glibc documents both as variables that may be assigned.
void clineediting_lead_output_to(FILE *stream);
void clineediting_lead_errors_to(FILE *stream);

// The window's size as the kernel knows it (ioctl(2) TIOCGWINSZ); zeros when it does not.
void clineediting_window_size(int descriptor, int *rows, int *columns);

// Makes getenv(3) answer `locale` for LC_ALL until the environment is restored. A started program inherits
// the environment that stands then. No string is changed and nothing is freed, so another thread may be reading.
void clineediting_override_locale(const char *locale);
void clineediting_restore_environment(void);

// Commands of readline's vi mode, kept from using memory they have freed. They may be left by a jump of readline's,
// so they are in C, and are told when a new command begins.
int clineediting_vi_delete_to(int count, int key);
int clineediting_vi_change_to(int count, int key);
int clineediting_vi_yank_to(int count, int key);
int clineediting_vi_redo(int count, int key);
void clineediting_command_begins(void);

// Searches of readline for a string that is typed first, kept from losing the line when no string is.
int clineediting_search_forward(int count, int key);
int clineediting_search_backward(int count, int key);
int clineediting_vi_search(int count, int key);

#endif
