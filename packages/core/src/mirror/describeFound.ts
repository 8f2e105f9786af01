/** What a plan that is done later found in place of what it expected, in words. */
import * as DateTime from "effect/DateTime"
import type { Outdated } from "./recheck.ts"

/**
 * What is there, for people.
 *
 * @since 0.1.0
 * @category getters
 */
export const describeFound = (found: Outdated["found"]): string => {
  switch (found._tag) {
    case "Absent":
      return "is no longer there"
    case "Directory":
      return "is a directory now"
    case "Link":
      return "is a link now"
    case "Other":
      return "is a device now"
    case "Unread":
      return "is in a directory that could not be read"
    case "File": {
      const size = found.size === undefined ? "" : ` of ${found.size} bytes`
      const time = found.modified === undefined ? "" : `, modified ${DateTime.formatIso(found.modified.at)}`
      return `is a file${size} now${time}`
    }
  }
}
