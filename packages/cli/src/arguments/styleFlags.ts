/** The flags of every command: how it prints. */
import * as Flag from "./Flag.ts"

export const flags = {
  json: Flag.toggle("json", undefined, "Print one JSON object per line: results on stdout, errors on stderr."),
  quiet: Flag.toggle("quiet", "q", "Print results and errors only."),
  verbose: Flag.toggle("verbose", "v", "Show the dialogue with the server on stderr. Secrets are masked.")
}
