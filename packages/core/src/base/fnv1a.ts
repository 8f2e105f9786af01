/** FNV-1a of the UTF-8 of a text, as 16 hexadecimal digits: for names, not against an adversary. */
const FNV_OFFSET = 0xcbf29ce484222325n
const FNV_PRIME = 0x100000001b3n
const DIGITS = 16

export const fnv1a = (text: string): string => {
  let hash = FNV_OFFSET
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME)
  }
  return hash.toString(DIGITS).padStart(DIGITS, "0")
}
