/** The flags of every command: how it prints. */
import * as Flag from "./Flag.ts"

const json = Flag.toggle("json", undefined, "Print one JSON object per line: results on stdout, errors on stderr.")
const quiet = Flag.toggle("quiet", "q", "Print results and errors only.")
const verbose = Flag.toggle("verbose", "v", "Show the dialogue with the server on stderr. Secrets are masked.")
/** For the help. */
export const flags = [json, quiet, verbose]

/** For the parser. */
export const options = { json: json.options, quiet: quiet.options, verbose: verbose.options }
