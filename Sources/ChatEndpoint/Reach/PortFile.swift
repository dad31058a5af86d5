import Sockets

/// The file in which other programs find the port that an endpoint listens on.
enum PortFile {
  /// Removes a file of an earlier run, which would mislead a program that waits for it.
  static func remove(_ path: String) throws(Failure) {
    do throws(SystemError) { try FileWriting.remove(path) } catch { throw .reach(.portFile(path: path, error)) }
  }

  /// Writes the port. The file appears whole or not at all.
  static func write(_ port: UInt16, to path: String) throws(Failure) {
    do throws(SystemError) { try FileWriting.replace(path, with: "\(port)\n") } catch {
      throw .reach(.portFile(path: path, error))
    }
  }
}
