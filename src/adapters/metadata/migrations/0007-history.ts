/** The changes of all tags of a repository, the latest first. */
export function createHistoryIndex(): string[] {
  return [`CREATE INDEX tag_history_repository ON tag_history (repository, id)`]
}
