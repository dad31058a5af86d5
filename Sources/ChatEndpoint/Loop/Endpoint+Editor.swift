import Glibc
import Sockets

/// The draft in an editor of the person's choice.
///
/// The editor has the terminal while it runs. The loop goes on; what is to be shown waits, and so the peer is not read.
struct RunningEditor {
  let program: ChildProgram
  let file: TemporaryFile
}

extension Endpoint {
  /// A draft of more could not be sent in pieces that anybody reads.
  private static let draftBytesMax = 1 << 20

  /// Opens the draft in `$VISUAL` or `$EDITOR`.
  func openEditor(_ terminal: TerminalInterface) {
    guard editor == nil else { return }
    terminal.suspend()
    do throws(SystemError) {
      let file = try TemporaryFile(name: "tincan-draft", content: Array(terminal.draft.utf8))
      do throws(SystemError) {
        let program = try ChildProgram(shell: "\(Endpoint.editorCommand) \"$1\"", argument: file.path)
        editor = RunningEditor(program: program, file: file)
      } catch {
        file.remove()
        throw error
      }
    } catch {
      terminal.resume()
      terminal.note("the editor cannot be started: \(error)")
    }
  }

  /// What the person calls an editor, in words of the shell.
  private static var editorCommand: String {
    for name in ["VISUAL", "EDITOR"] {
      if let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty { return value }
    }
    return "vi"
  }

  /// Takes the draft back once the editor has ended.
  func concludeEditor() {
    guard let editor, let endedWell = editor.program.hasEndedWell(), let terminal = user.terminal else { return }
    self.editor = nil
    terminal.resume()
    let content = try? editor.file.content(limit: Endpoint.draftBytesMax)
    if endedWell, let content {
      terminal.replaceDraft(by: String(decoding: content, as: UTF8.self))
    } else {
      terminal.note("the editor failed; the draft is as it was")
    }
    editor.file.remove()
  }

  /// Ends the editor before the program ends. What it has saved goes into the history.
  func abandonEditor() {
    guard let editor, let terminal = user.terminal else { return }
    self.editor = nil
    editor.program.end()
    terminal.resume()
    if let content = try? editor.file.content(limit: Endpoint.draftBytesMax) {
      terminal.remember(String(decoding: content, as: UTF8.self))
    }
    editor.file.remove()
  }
}
