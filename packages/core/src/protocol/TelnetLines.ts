/**
 * The lines of a control connection, in both directions: Telnet's NVT (RFC 854), as FTP uses it (RFC 959 §3.1.1).
 *
 *     bytes ──Telnet commands taken out──► text ──LF──► a line
 *
 * A line ends at LF, with or without CR; a CR alone is dropped, and CR NUL is a CR of the text. Telnet commands are
 * taken out and never answered: FF FF is the byte FF, FF F0..FA two bytes, FF FB..FE x three. Each byte is looked at
 * once, however the bytes are cut into chunks.
 */

/** What ends the lines: one is longer than the limit, or holds a NUL that is no part of CR NUL. */
export type Fault = "TooLong" | "Nul"

export interface TelnetLines {
  /**
   * Takes the next bytes and calls `onLine` for each line that they complete, without its end, until it returns false.
   * The line is lent for the time of the call. After a fault nothing more is taken.
   */
  readonly push: (bytes: Uint8Array, onLine: (line: Uint8Array) => boolean) => Fault | undefined
  /** The bytes of the line that has not ended, lent until the next `push`. */
  readonly partial: () => Uint8Array
  /** Takes the line that has not ended as if it ended here, lent until the next `push`: at the end of file. */
  readonly end: () => Uint8Array
  /** Forgets the line that has not ended. */
  readonly drop: () => void
  /** Whether no byte is held back. */
  readonly isEmpty: () => boolean
}

export interface Options {
  readonly nul: "Keep" | "Refuse"
  /** What the limit counts: the text of a line, or all bytes ahead of its LF, CR and Telnet commands included. */
  readonly counts: "Text" | "Wire"
  /** `"Kept"`: the byte FF is one like any other. Default `"Read"`. */
  readonly telnet?: "Read" | "Kept"
}

/** `maxBytes` bounds a line. */
export const make = (maxBytes: number, options: Options): TelnetLines => {
  const maxWireBytes = options.counts === "Wire" ? maxBytes : Number.POSITIVE_INFINITY
  // One byte more than a line may have: the CR of a CR NUL that ends it.
  let line = new Uint8Array(Math.min(FIRST_LINE_BYTES, maxBytes + 1))
  let length = 0
  let wireBytes = 0
  let afterCr = false
  let telnet: Telnet = "Text"

  const append = (byte: number): Fault | undefined => {
    if (length >= maxBytes && !(byte === CR && length === maxBytes)) return "TooLong"
    if (length === line.length) line = grow(line, maxBytes + 1)
    line[length++] = byte
    return undefined
  }

  /** One byte after Telnet has been taken out. */
  const takeText = (byte: number): Fault | typeof END | undefined => {
    if (afterCr) {
      afterCr = false
      if (byte === NUL) return append(CR)
    }
    switch (byte) {
      case LF:
        return END
      case CR:
        afterCr = true
        return undefined
      case NUL:
        return append(NUL) ?? (options.nul === "Refuse" ? "Nul" : undefined)
      default:
        return append(byte)
    }
  }

  const take = (byte: number): Fault | typeof END | undefined => {
    switch (telnet) {
      case "Text":
        if (byte !== IAC || options.telnet === "Kept") return takeText(byte)
        telnet = "Command"
        return undefined
      case "Command":
        if (byte >= FIRST_OPTION_COMMAND && byte < IAC) {
          telnet = "Option"
          return undefined
        }
        telnet = "Text"
        if (byte === IAC) return takeText(IAC)
        if (byte >= FIRST_COMMAND) return undefined
        // Not Telnet at all: a lone FF of a charset whose server does not double it (ProFTPD, most others).
        return takeText(IAC) ?? takeText(byte)
      case "Option":
        telnet = "Text"
        return undefined
    }
  }

  const bytes = () => line.subarray(0, length)

  /** A CR at its end, which CR NUL wrote, is part of the end. */
  const end = (): Uint8Array => {
    const whole = line.subarray(0, length > 0 && line[length - 1] === CR ? length - 1 : length)
    length = 0
    return whole
  }

  return {
    push: (bytes, onLine) => {
      for (let at = 0; at < bytes.length; at++) {
        let isEnd = false
        if (telnet === "Text" && !afterCr) {
          const from = at
          // What means itself and has room: most bytes of a line.
          for (const most = at + Math.min(line.length, maxBytes) - length; at < most; at++) {
            const byte = bytes[at]
            if (byte === undefined || byte < FIRST_PLAIN || byte === IAC) break
            line[length++] = byte
          }
          wireBytes += at - from
          if (wireBytes > maxWireBytes) return "TooLong"
          if (at === bytes.length) return undefined
          // The usual end at once.
          isEnd = bytes[at] === CR && bytes[at + 1] === LF && wireBytes < maxWireBytes
          if (isEnd) at++
        }
        const taken = isEnd ? END : take(bytes[at] ?? NUL)
        if (taken === END) {
          wireBytes = 0
          if (!onLine(end())) return undefined
        } else if (taken !== undefined) {
          return taken
        } else if (++wireBytes > maxWireBytes) {
          return "TooLong"
        }
      }
      return undefined
    },
    partial: bytes,
    end,
    drop: () => {
      length = 0
      wireBytes = 0
      afterCr = false
      telnet = "Text"
    },
    isEmpty: () => length === 0 && !afterCr && telnet === "Text"
  }
}

const END = "End"

/** After nothing, after IAC, after IAC WILL, WONT, DO or DONT. */
type Telnet = "Text" | "Command" | "Option"

const NUL = 0x00
const LF = 0x0a
const CR = 0x0d
/** Below it are the ends of lines, and other controls. */
const FIRST_PLAIN = 0x20
/** Telnet, RFC 854: SE, the first command; WILL, the first that carries an option; IAC. */
const FIRST_COMMAND = 0xf0
const FIRST_OPTION_COMMAND = 0xfb
const IAC = 0xff

/** Most lines fit; the buffer doubles for those that do not. */
const FIRST_LINE_BYTES = 512

const grow = (line: Uint8Array, most: number): Uint8Array<ArrayBuffer> => {
  const larger = new Uint8Array(Math.min(line.length * 2, most))
  larger.set(line)
  return larger
}
