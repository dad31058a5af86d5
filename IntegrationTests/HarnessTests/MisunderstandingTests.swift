import Testing

@testable import Harness

/// Files that cannot be understood: what is said about each, literally.
struct MisunderstandingTests {
  private func complaint(_ text: String) -> String {
    do {
      _ = try Scenario(file: "x.scenario", text: text)
      return "understood"
    } catch {
      return error.description
    }
  }

  @Test(arguments: [
    "\u{FEFF}# x\nhost runs true on pipes", "# x\r\nfile a holds\r\n  |one\r\nhost runs true on pipes\r\n",
    "# x\nhost runs cat on pipes\nhost sends \"\u{301}a\u{301}\"\nhost sends '\u{301}'",
  ])
  func `Byte order marks, carriage returns and accents by themselves are understood`(text: String) {
    #expect(complaint(text) == "understood")
  }

  @Test func `A line that ends with a carriage return ends before it`() throws {
    var lexer = try Lexer(file: "x", text: "# x\r\nfile a holds\r\n  |one\r\n")
    #expect(lexer.sentences[0].block?.first?.literal == "one")
    lexer = try Lexer(file: "x", text: "# x\nhost sends \"\\n\u{301}\"")
    #expect(lexer.sentences[0].tokens[2].template.pieces == [.literal([0x0A] + Array("\u{301}".utf8))])
  }

  @Test(arguments: [
    ("host runs true on pipes", "1:1: a scenario begins with a comment that says what it shows: # …"),
    ("# Nothing.\n", "1:1: there is no sentence in this scenario"),
    (
      "# x\n  host runs true on pipes",
      "2:3: an indented line goes on with a sentence, and there is none above"
    ),
    (
      "# x\nhost runs true on pipes\nhots exits 0",
      "3:1: no program or link is called `hots` here; did you mean `host`?"
    ),
    (
      "# x\nhost rnus true on pipes",
      "2:1: no program or link is called `host` here; or did you mean `host runs …`?"
    ),
    (
      "# x\nhost runs cat on pipes\nhost prinst \"x\"",
      """
      3:6: `prinst` cannot stand here; expected `runs`, `gets`, `is`, `continues`, `types`, `presses`, `pastes`, \
      `resizes`, `hangs`, `sends`, `output`, `shows`, `no`, `has`, `does`, `row`, `cursor`, `terminal`, `echo`, \
      `title`, `clipboard`, `prints`, `exits`, `ends`, `listens`, `descriptors`, `uses`, `leads` or `on`; did you \
      mean `prints`?
      """
    ),
    (
      "# x\nhost runs cat on pipes\nhost gets SIGTRM",
      "3:11: `SIGTRM` cannot stand here; expected a signal such as SIGTERM; did you mean `SIGTERM`?"
    ),
    (
      "# x\nhost runs cat on a terminal 80x24\nhost presses Entre",
      "3:14: `Entre` cannot stand here; expected a key such as Enter, Ctrl-D or Alt-b; did you mean `Enter`?"
    ),
    (
      "# x\nhost runs cat on pipes\nhost exits",
      "3:11: the sentence ends too early; expected a number or `by`"
    ),
    (
      "# x\nhost runs cat on pipes\nhost exits 0 within 2 seconds",
      "3:23: `seconds` cannot stand here; expected `s` or `ms`"
    ),
    (
      "# x\nhost runs cat",
      "2:14: the sentence ends too early; expected `on a terminal 80x24` or `on pipes` after the command"
    ),
    (
      "# x\nhost runs cat on a terminal big",
      "2:29: `big` cannot stand here; expected a size such as 80x24"
    ),
    (
      "# x\nhost runs cat on pipes from here",
      "2:24: `from` cannot stand here; expected `with`, `without`, `in`, `input from`, `output to` or `errors to`"
    ),
    (
      "# x\nhost runs cat on pipes\nhost sends \"x",
      "3:12: the quote \" is never closed on this line"
    ),
    (
      "# x\nhost runs cat on pipes\nhost sends \"\\q\"",
      "3:12: \\q is no escape; there are \\n \\r \\t \\e \\\\ \\\" \\{ \\} \\x41 and \\u{1F44B}"
    ),
    (
      "# x\nhost runs cat on pipes\nguest runs echo {hots.port} on pipes",
      """
      3:17: there is no {hots.port} here; did you mean {host.port}? (a brace that is meant as one is written \\{ in \
      double quotes)
      """
    ),
    (
      "# x\nhost runs cat on pipes\nguest runs echo {host.prot} on pipes",
      "3:17: {host.prot} is unknown; host has {host.port} and {host.pid}"
    ),
    (
      "# x\nhost runs cat on pipes\nhost does not print \"x\" while host gets SIGTERM",
      "3:31: a sentence that waits for something is expected after `while`"
    ),
    (
      "# x\nhost runs cat on pipes\nhost does not print \"x\" while host exist 0",
      """
      3:36: `exist` cannot stand here; expected `runs`, `gets`, `is`, `continues`, `types`, `presses`, `pastes`, \
      `resizes`, `hangs`, `sends`, `output`, `shows`, `no`, `has`, `does`, `row`, `cursor`, `terminal`, `echo`, \
      `title`, `clipboard`, `prints`, `exits`, `ends`, `listens`, `descriptors`, `uses`, `leads` or `on`; did you \
      mean `exits`?
      """
    ),
    (
      "# x\nfile a holds\n  |one\nhost runs cat on pipes\n  |two",
      "4:23: the sentence ends too early; expected no lines with | below it"
    ),
    (
      "# x\nfile a holds\n  |one\n  more",
      "4:3: after a block's lines only more lines with | or a new sentence can follow"
    ),
    (
      "# x\nfile runs cat on pipes",
      "2:1: `file` is a word of the language; choose another name"
    ),
    (
      "# x\nhost runs cat on pipes\nhost leads to localhost:1",
      "3:1: there is already a program called host"
    ),
    (
      "# x\nlink leads to localhost:1\nlink cust",
      """
      3:6: `cust` cannot stand here; expected `runs`, `leads`, `on`, `cuts`, `resets`, `stalls`, `half-closes`, \
      `delays`, `passes`, `refuses`, `accepts`, `heals`, `was`, `is` or `has`; did you mean `cuts`?
      """
    ),
    (
      "# x\nskip unless {directory}/foo is there\nhost runs true on pipes",
      "2:1: whether to skip is decided before anything else: the name of a program is expected, without holes"
    ),
    (
      "# x\nskip unless \"\" is there\nhost runs true on pipes",
      "2:1: whether to skip is decided before anything else: the name of a program is expected, without holes"
    ),
    (
      "# x\nknown to fail because \"a{directory}\"\nhost runs true on pipes",
      "2:1: a reason is a text in quotes, without holes"
    ),
    (
      "# x\nknown to fail because \"a\" times 3\nhost runs true on pipes",
      "2:1: a reason is a text in quotes, without holes"
    ),
    (
      "# x\nhost runs true on pipes\nhost exits 4294967296",
      "3:1: a program exits with 0 to 255"
    ),
    (
      "# x\nhost runs cat on pipes\nhost sends \"abc\" times 9223372036854775807",
      "3:24: `9223372036854775807` cannot stand here; expected how many times, as a number"
    ),
    (
      "# x\ndeadline 1e30 s",
      "2:10: `1e30` cannot stand here; expected a duration such as 2 s or 150 ms, `runs`, `leads` or `on`"
    ),
    (
      "# x\nhost runs true on pipes\nhost ends within inf s",
      "3:18: `inf` cannot stand here; expected a duration such as 2 s or 150 ms"
    ),
    (
      "# x\nhost runs true on pipes\nhost ends within 0x5 s",
      "3:18: `0x5` cannot stand here; expected a duration such as 2 s or 150 ms"
    ),
    (
      "# x\nhost runs true on pipes\nhost ends within 1e1 s",
      "3:18: `1e1` cannot stand here; expected a duration such as 2 s or 150 ms"
    ),
    (
      "# x\nhost runs true on pipes\nhost ends within +5 s",
      "3:18: `+5` cannot stand here; expected a duration such as 2 s or 150 ms"
    ),
    (
      "# x\nhost runs true on pipes\nhost ends within .5 s",
      "3:18: `.5` cannot stand here; expected a duration such as 2 s or 150 ms"
    ),
    (
      "# x\nhost runs cat on pipes\nhost sends \"abc\" times +2",
      "3:24: `+2` cannot stand here; expected how many times, as a number"
    ),
    (
      "# x\nhost runs cat on pipes\nhost sends \"\\x+f\"",
      "3:12: \\x needs two hexadecimal digits"
    ),
    (
      "# x\nhost runs cat on pipes\nhost sends \"\\u{+41}\"",
      "3:12: \\u needs a character's number, as in \\u{1F44B}"
    ),
    (
      "# x\nhost runs true on pipes\nhost ends within 5s",
      "3:18: `5s` cannot stand here; expected a duration such as 2 s or 150 ms; did you mean `5 s`?"
    ),
    (
      "# x\nhost runs cat on pipes\nhost uses at most 9999999999999 MB",
      "3:19: `9999999999999` cannot stand here; expected a number"
    ),
    (
      "# x\nhost runs cat on a terminal 80x24x",
      "2:29: `80x24x` cannot stand here; expected a size such as 80x24"
    ),
    (
      "# x\nhost runs cat on a terminal 1x24",
      "2:29: `1x24` cannot stand here; expected a size such as 80x24"
    ),
    (
      "# x\nhost runs cat on a terminal 9x9\nhost cursor is at row 0 column 1",
      "3:1: rows count from 1"
    ),
    (
      "# x\nhost runs cat on a terminal 9x9\nhost presses Enter Ctlr-D",
      """
      3:20: `Ctlr-D` cannot stand here; expected a key such as Enter, Ctrl-D or Alt-b or the end of the \
      sentence; did you mean `Ctrl-D`?
      """
    ),
    (
      "# x\nhost runs cat on pipe",
      "2:18: `pipe` cannot stand here; expected `pipes` or `a terminal 80x24`; did you mean `pipes`?"
    ),
    (
      "# x\nhost runs cat on pipes wiht A=b",
      """
      2:24: `wiht` cannot stand here; expected `with`, `without`, `in`, `input from`, `output to` or \
      `errors to`; did you mean `with`?
      """
    ),
    (
      "# x\nlink leads to locahost:12",
      """
      2:15: `locahost:12` cannot stand here; expected an address such as localhost:{host.port} or \
      unix:socket; did you mean `localhost:12`?
      """
    ),
    (
      "# x\nlink leads to localhost:99999",
      "2:15: `localhost:99999` cannot stand here; expected an address such as localhost:{host.port} or unix:socket"
    ),
    (
      "# x\nlink leads to localhost:1\nlink delays by 2 s to 1 s",
      "3:1: the shorter delay comes first"
    ),
    (
      "# x\nlink leads to localhost:1\nlink passes 0 bytes a second",
      "3:1: bytes a second count from 1"
    ),
    (
      "# x\nhost runs cat on a terminal 9x9\nhost shows \"\"",
      "3:1: an empty text is found everywhere"
    ),
    (
      "# x\nhost runs cat on pipes\nhost prints \"{*}\"",
      "3:1: an empty text is found everywhere"
    ),
    (
      "# x\nhost runs cat on pipes\nhost does not print \"x\" times 0",
      "3:1: an empty text is found everywhere"
    ),
    (
      "# x\nfile a contains \"a\" or \"\"",
      "2:1: an empty text is found everywhere"
    ),
    (
      "# x\nhost runs cat on a terminal 9x9\nhost does not show \" \"",
      "3:1: blanks alone are found on every screen"
    ),
    (
      "# x\nhost runs cat on a terminal 9x9\nhost shows \"a\\tb\"",
      "3:1: a screen never shows \"\\t\": a terminal carries it out"
    ),
    (
      "# x\nhost runs cat on a terminal 9x9\nhost has shown \"{*}\\e[1m\"",
      "3:1: a screen never shows \"\\e\": a terminal carries it out"
    ),
    (
      "# x\nhost runs cat on a terminal 9x9\nhost no longer shows \"\\xff\"",
      "3:1: a screen never shows \"\\xff\": it is not UTF-8"
    ),
    (
      "# x\nhost runs cat on a terminal 9x9\nhost row 1 is \"a\\nb\"",
      "3:1: a screen never shows \"\\n\": a terminal carries it out"
    ),
    (
      "# x\nhost runs cat on a terminal 9x9\nhost shows \"a\\nb\" in bold",
      "3:1: a text in a style stands within one row"
    ),
    (
      "# x\nhost runs cat on pipes\nhost sends \"a{x=*}\"",
      "3:12: `\"a{x=*}\"` can be kept only by a sentence that finds a text"
    ),
    (
      "# x\nhost runs cat on pipes\nhost sends\n  |a{x=##}",
      "3:1: {x=…} can be kept only by a sentence that finds a text"
    ),
    (
      "# x\nhost runs cat on pipes\nhost sends \"a\" or \"b\"",
      "3:1: one text or another can stand only where a text is looked for"
    ),
    (
      "# x\nhost runs cat on pipes\nhost prints \"a\" or b",
      "3:20: `b` cannot stand here; expected another text in quotes"
    ),
    (
      "# x\nhost runs cat on pipes\nhost prints \"{host=*}\"",
      "3:13: there is already a program called host"
    ),
    (
      "# x\nhost runs cat on pipes\nhost prints \"{home=*}\"",
      "3:13: {home} is always there; choose another name"
    ),
    (
      "# x\nhost runs cat on pipes\nhost sends \"{code}\"\nhost prints \"{code=*}\"",
      """
      3:12: there is no {code} here; did you mean {home}? (a brace that is meant as one is written \\{ in \
      double quotes)
      """
    ),
    (
      "# x\nhost runs cat on a terminal 9x9\nhost shows \"x\" in rgb(1,2,256)",
      "3:19: `rgb(1,2,256)` cannot stand here; expected a style such as bold, red or plain"
    ),
    (
      "# x\nfile a has mode 689",
      "2:1: a mode is written as for chmod: 600, 755, 1777"
    ),
  ])
  func `What cannot be understood is named with its place and what was expected`(text: String, wanted: String) {
    #expect(complaint(text) == "x.scenario:\(wanted)")
  }
}
