/** The remote file of an upload. It has two names as long as it is sent to a temporary one. */
export interface Target {
  /** The name that the caller knows, for errors. */
  readonly path: string
  /** The name that it has on the server at present. */
  readonly at: string
}
