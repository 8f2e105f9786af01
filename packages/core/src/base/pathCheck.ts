/**
 * Whether an argument is a path of an entry. JavaScript callers can give anything, and an empty path, such as that of a
 * variable that was never set, is the login directory to some commands and to some servers.
 */
import { FtpUsageError } from "./FtpError.ts"

/** What is wrong with the path of what is to be made, changed or removed. */
export const unnamed = (path: string, argument = "path"): FtpUsageError | undefined =>
  typeof path === "string" && path !== ""
    ? undefined
    : new FtpUsageError({ argument, why: path === "" ? "it is empty, and names nothing" : "must be a string" })

/** What a recursive removal does not take without the option `home`. */
export const refusedHome = (path: string): FtpUsageError =>
  new FtpUsageError({
    argument: "path",
    why: `${path} is a root or the login directory, or holds it: it goes only with the option home`
  })
