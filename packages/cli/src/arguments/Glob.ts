/**
 * Wildcards in paths: `*` and `?` for any characters and any one but `/`, `[a-z]` and `[!a-z]` for one of a set, `\` to
 * take the next character literally. As in a shell, a name that begins with a dot matches only a pattern that does.
 *
 * Matching takes time in proportion to pattern times name, whatever they are. The caller of `expand` lists the
 * directories.
 */
import * as Effect from "effect/Effect"

type Token =
  | { readonly _tag: "Any" }
  | { readonly _tag: "One" }
  | { readonly _tag: "Literal"; readonly character: string }
  | { readonly _tag: "Set"; readonly negated: boolean; readonly ranges: ReadonlyArray<readonly [string, string]> }

/** Whether a pattern has a wildcard: otherwise it means the one path that `literal` gives. */
export const hasWildcard = (pattern: string): boolean => tokens(pattern).some(({ _tag }) => _tag !== "Literal")

/** The text that a pattern without wildcards stands for. */
const literal = (pattern: string): string => pattern.replace(/\\(.)/gsu, "$1")

/** Whether a name, one path component, matches a pattern. */
export const matches = (pattern: string, name: string): boolean => {
  const wanted = tokens(pattern)
  const characters = Array.from(name)
  const [first] = wanted
  if (name.startsWith(".") && !(first?._tag === "Literal" && first.character === ".")) {
    return false
  }
  let at = 0
  let token = 0
  // Where to resume if what follows the last `*` does not match: with one more character for the star.
  let starToken = -1
  let starAt = 0
  while (at < characters.length) {
    const current = wanted[token]
    if (current?._tag === "Any") {
      starToken = token++
      starAt = at
    } else if (current !== undefined && fits(current, characters[at] ?? "")) {
      token++
      at++
    } else if (starToken >= 0) {
      token = starToken + 1
      at = ++starAt
    } else {
      return false
    }
  }
  while (wanted[token]?._tag === "Any") {
    token++
  }
  return token === wanted.length
}

const fits = (token: Token, character: string): boolean => {
  switch (token._tag) {
    case "Any":
      return false
    case "One":
      return true
    case "Literal":
      return token.character === character
    case "Set":
      return token.ranges.some(([from, to]) => from <= character && character <= to) !== token.negated
  }
}

const tokens = (pattern: string): ReadonlyArray<Token> => {
  const characters = Array.from(pattern)
  const found: Array<Token> = []
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? ""
    const next = characters[at + 1]
    if (character === "*") {
      found.push({ _tag: "Any" })
    } else if (character === "?") {
      found.push({ _tag: "One" })
    } else if (character === "\\" && next !== undefined) {
      found.push({ _tag: "Literal", character: next })
      at++
    } else {
      const set = character === "[" ? setAt(characters, at) : undefined
      found.push(set?.token ?? { _tag: "Literal", character })
      at = set?.end ?? at
    }
  }
  return found
}

/** A set from its `[` on; `undefined` if no `]` ends it, as then the bracket means itself. */
const setAt = (characters: ReadonlyArray<string>, start: number) => {
  let at = start + 1
  const negated = characters[at] === "!" || characters[at] === "^"
  at += negated ? 1 : 0
  const ranges: Array<readonly [string, string]> = []
  const one = (): string => {
    at += characters[at] === "\\" && characters[at + 1] !== undefined ? 1 : 0
    return characters[at++] ?? ""
  }
  // A `]` that comes first is a member.
  for (let first = true; characters[at] !== "]" || first; first = false) {
    if (at >= characters.length || characters[at] === "/") {
      return undefined
    }
    const from = one()
    if (characters[at] === "-" && characters[at + 1] !== undefined && characters[at + 1] !== "]") {
      at++
      ranges.push([from, one()])
    } else {
      ranges.push([from, from])
    }
  }
  return { token: { _tag: "Set", negated, ranges } as const, end: at }
}

/** What a pattern is matched against: the names in a directory. */
export interface Candidate<E, R> {
  readonly name: string
  readonly path: string
  /** Whether there can be something below it: directories, and links, which may lead to one. */
  readonly mayHold: boolean
  /** Whether it is a directory, or a link to one; asked for a pattern that ends in a slash. */
  readonly isDirectory: Effect.Effect<boolean, E, R>
}

/**
 * Every path that a pattern matches, in the order of the names: directories only if it ends in a slash. Directories are
 * listed one after the other, only from the first component with a wildcard on. `join` puts a name below a directory;
 * `""` is where relative paths begin.
 */
export const expand = <C extends Candidate<E, R>, E, R>(
  pattern: string,
  list: (directory: string) => Effect.Effect<ReadonlyArray<C>, E, R>,
  join: (directory: string, name: string) => string,
  {
    namesOf,
    start = ""
  }: {
    /** Where relative paths begin. Default `""`. */
    readonly start?: string | undefined
    /** In upper case, what a name is called: then case does not count. Default the name itself, and case counts. */
    readonly namesOf?: ((name: string) => ReadonlyArray<string>) | undefined
  } = {}
): Effect.Effect<ReadonlyArray<C>, E, R> => {
  const root = /^\/*/.exec(pattern)?.[0] ?? ""
  const components = pattern
    .slice(root.length)
    .split("/")
    .filter((component) => component !== "")
  const isMatched = (component: string, name: string) =>
    namesOf === undefined
      ? matches(component, name)
      : namesOf(name).some((alias) => matches(component.toUpperCase(), alias))
  const named = (directory: string, path: ReadonlyArray<string>): string =>
    path.reduce((parent, name) => join(parent, literal(name)), directory)

  const below = (directory: string, rest: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<C>, E, R> => {
    const wildcard = rest.findIndex(hasWildcard)
    // Without one, the last component is still looked up: a match must exist.
    const at = wildcard === -1 ? rest.length - 1 : wildcard
    const after = rest.slice(at + 1)
    return Effect.flatMap(list(named(directory, rest.slice(0, at))), (candidates) => {
      const matching = candidates
        .filter(({ name }) => isMatched(rest[at] ?? "", name))
        .sort((left, right) => (left.name < right.name ? -1 : 1))
      return after.length === 0
        ? Effect.succeed(matching)
        : Effect.map(
            Effect.forEach(
              matching.filter(({ mayHold }) => mayHold),
              ({ path }) => below(path, after)
            ),
            (found) => found.flat()
          )
    })
  }
  const found = below(root === "" ? start : "/", components)
  return pattern.endsWith("/")
    ? Effect.flatMap(found, (candidates) => Effect.filter(candidates, ({ isDirectory }) => isDirectory))
    : found
}
