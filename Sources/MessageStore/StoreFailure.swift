/// A failure of the store.
public enum StoreFailure: Error, Equatable, Sendable {
  // MARK: The file

  /// There is no such file.
  case missing
  /// This user may not open the file or one beside it.
  case notPermitted
  /// The file, its directory or its file system is read-only.
  case readOnly
  /// No space is left, or a limit on sizes is reached. Nothing of the change is in the store.
  case full
  /// Another program holds a lock for more than five seconds.
  case busy
  /// The file is not what this program wrote. It is left as it is.
  case damaged
  /// The file is a database of another program.
  case foreign
  /// A newer version of this program wrote the file.
  /// - format: the number of its format.
  case newer(format: Int)
  /// Reading, writing or syncing failed, or memory is short.
  case failed(reason: String)

  // MARK: Conversations

  /// Another program has changed the conversation since its record was loaded. Nothing of the change is in the store.
  case changedMeanwhile

  // MARK: Known peers

  /// No known peer has that name.
  case unknownName
  /// A known peer has that name. It is given as that peer has it, perhaps in other letter case.
  case nameTaken(PeerName)
  /// A known peer has that key.
  case keyTaken(by: PeerName)
}
