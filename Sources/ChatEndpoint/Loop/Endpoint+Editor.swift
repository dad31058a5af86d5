import Glibc
import Sockets

/// The draft in an editor of the person's choice.
///
/// The editor has the terminal while it runs. The loop goes on; what is to be shown waits, and for much of it the peer.
struct RunningEditor {
  let program: ChildProgram
  let file: TemporaryFile
  /// The content of the file at first.
  let draft: [UInt8]
  /// Whether it was asked to end, because the program does.
  var isDismissed = false
}

extension Endpoint {
  /// A draft of more could not be sent in pieces that anybody reads.
  private static let draftBytesMax = 1 << 20

  /// Opens the draft in `$VISUAL` or `$EDITOR`.
  func openEditor(_ terminal: TerminalInterface) {
    guard editor == nil else { return }
    terminal.suspend()
    do throws(SystemError) {
      let draft = Array(terminal.draft.utf8)
      let file = try TemporaryFile(name: "tincan-draft", content: draft)
      do throws(SystemError) {
        let program = try ChildProgram(shell: "\(Endpoint.editorCommand) \"$1\"", argument: file.path)
        editor = RunningEditor(program: program, file: file, draft: draft)
      } catch {
        file.remove()
        throw error
      }
    } catch {
      terminal.resume()
      terminal.note("the editor cannot be started: \(error)")
    }
  }

  /// The person's editor, in words of the shell.
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
    guard !editor.isDismissed else { return keep(editor) }
    do throws(SystemError) {
      let content = try editor.file.content(limit: Endpoint.draftBytesMax + 1)
      let isChanged = content != editor.draft
      if !endedWell, !isChanged {
        terminal.note("the editor failed; the draft is as it was")
      } else if !endedWell {
        return terminal.note("the editor failed; what it has saved stays in \(editor.file.path)")
      } else if content.count > Endpoint.draftBytesMax {
        let limit = "a draft is at most \(Endpoint.draftBytesMax) bytes"
        return terminal.note("\(limit), so what the editor has saved stays in \(editor.file.path)")
      } else {
        terminal.replaceDraft(by: content)
      }
      editor.file.remove()
    } catch {
      terminal.note("\(editor.file.path) cannot be read: \(error); the draft is as it was")
    }
  }

  /// Asks the editor to end before the program does.
  func dismissEditor() {
    editor?.program.terminate()
    editor?.isDismissed = true
  }

  /// Ends the editor by force, as the program ends now.
  func killEditor() {
    guard let editor else { return }
    self.editor = nil
    editor.program.kill()
    StandardStreams.restoreTerminal()
    user.terminal?.resume()
    keep(editor)
  }

  /// Puts what the editor has saved into the history. Where that cannot be, the file stays.
  private func keep(_ editor: RunningEditor) {
    guard let content = try? editor.file.content(limit: Endpoint.draftBytesMax + 1) else { return }
    let isKept =
      content == editor.draft || content.isEmpty
      || content.count <= Endpoint.draftBytesMax && user.terminal?.remember(content) == true
    if isKept { return editor.file.remove() }
    StandardError.write("tincan: what the editor has saved stays in \(editor.file.path)\n")
  }
}
