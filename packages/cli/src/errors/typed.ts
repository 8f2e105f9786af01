/**
 * Words of the command line in messages. A mistyped URL may hold a password, and nothing says where in it:
 *
 *     ftp:/ann:secret@host/  ann:secret@host  ftp://ann:sec/ret@host/  ftp://ann:secret
 */

/** Whether a word is meant as the URL of an FTP server, right or wrong. A local file of such a name is `./ftp:x`. */
export const isFtpUrl = (word: string): boolean => /^ftp(?:e?s)?:/i.test(word)

/** Whether it is a host with a dot in it, and perhaps a path, without anything that could be a password. */
export const isHost = (word: string): boolean => /^[a-z0-9-]+(\.[a-z0-9-]+)+(\/[^:@]*)?$/i.test(word)

/** The word up to what may be a password: that follows the first colon, or the second if a scheme has the first. */
export const withoutSecret = (word: string): string => {
  const [, shown = ""] = /^((?:(?:s?ftp|ftpe?s|https?):\/\/)?[^:]*)/i.exec(word) ?? []
  return shown === word ? word : `${shown}:****`
}
