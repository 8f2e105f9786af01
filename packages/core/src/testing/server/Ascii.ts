/**
 * TYPE A: lines end in CRLF on the wire and in LF in files (RFC 959 §3.1.1.1).
 */

const LF = 0x0a
const CR = 0x0d

/**
 * A converter for bytes on their way out, called with the chunks in turn: a CR goes in front of each LF that has none.
 */
export const forNetwork = (): ((bytes: Uint8Array) => Uint8Array) => {
  let previous = 0
  return (bytes) => {
    const converted = new Uint8Array(bytes.byteLength * 2)
    let length = 0
    for (const byte of bytes) {
      if (byte === LF && previous !== CR) {
        converted[length++] = CR
      }
      converted[length++] = byte
      previous = byte
    }
    return converted.subarray(0, length)
  }
}

/**
 * A converter for bytes that come in: CRLF becomes LF, any other CR stays. `undefined` is the end, which may owe a CR.
 */
export const fromNetwork = (): ((bytes: Uint8Array | undefined) => Uint8Array) => {
  let owesCr = false
  return (bytes) => {
    const converted = new Uint8Array((bytes?.byteLength ?? 0) + 1)
    let length = 0
    for (const byte of bytes ?? []) {
      if (owesCr && byte !== LF) {
        converted[length++] = CR
      }
      owesCr = byte === CR
      if (!owesCr) {
        converted[length++] = byte
      }
    }
    if (owesCr && bytes === undefined) {
      converted[length++] = CR
    }
    return converted.subarray(0, length)
  }
}
