/** Reads the declarations of a packed package: each export has a sentence, `@since` and `@category`. */
import ts from "typescript-oldest"
import type { Declarations } from "./declarations.ts"

/** What each export lacks: `./FtpClient: WalkOptions: @since`. */
export const undocumentedOf = ({ entries, program }: Declarations): ReadonlyArray<string> => {
  const checker = program.getTypeChecker()
  const exportsOf = (file: string): ReadonlyArray<ts.Symbol> => {
    const source = program.getSourceFile(file)
    const module = source && checker.getSymbolAtLocation(source)
    if (module === undefined) throw new Error(`${file} is no module`)
    return checker.getExportsOfModule(module)
  }
  const isNamespace = (symbol: ts.Symbol) => symbol.declarations?.some(ts.isSourceFile) === true
  return [...entries].flatMap(([name, file]) =>
    exportsOf(file).flatMap((symbol) => {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
      return isNamespace(target) ? [] : missingOf(target, checker).map((what) => `${name}: ${symbol.name}: ${what}`)
    })
  )
}

const missingOf = (symbol: ts.Symbol, checker: ts.TypeChecker): ReadonlyArray<string> => {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim()
  const tags = symbol.getJsDocTags(checker).map((tag) => tag.name)
  return [
    ...(text === "" ? ["a sentence"] : []),
    ...["since", "category"].filter((tag) => !tags.includes(tag)).map((tag) => `@${tag}`)
  ]
}
