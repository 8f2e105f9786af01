/**
 * Reads the declarations of a packed package: each type that an exported declaration refers to has to be exported by
 * some module of `exports` too, or its users can't name it.
 */
import { join } from "node:path"
import ts from "typescript-oldest"

export interface Leak {
  /** `FtpTransfer.toFile` */
  readonly from: string
  /** `dist/transfer/file.d.ts: FileSink` */
  readonly to: string
}

/** Absolute paths of the declarations of the modules in `exports`, by the names of the modules. */
export const entriesOf = (
  folder: string,
  exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(exports).flatMap(([name, target]) =>
      typeof target === "string" || target.types === undefined ? [] : [[name, join(folder, target.types)] as const]
    )
  )

/** What both checks of a package read. */
export interface Declarations {
  readonly entries: ReadonlyMap<string, string>
  readonly program: ts.Program
}

export const read = (entries: ReadonlyMap<string, string>, options: ts.CompilerOptions): Declarations => ({
  entries,
  program: ts.createProgram([...entries.values()], { ...options, noEmit: true, skipLibCheck: true })
})

/** @param own packages whose declarations count, by the folder that they are unpacked in */
export const leaksOf = ({ entries, program }: Declarations, own: ReadonlyArray<string>): ReadonlyArray<Leak> => {
  const checker = program.getTypeChecker()
  const isOwn = (symbol: ts.Symbol) =>
    symbol.declarations?.some((declaration) =>
      own.some((folder) => declaration.getSourceFile().fileName.startsWith(folder))
    )
  const resolved = (symbol: ts.Symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol

  const exported = new Map<ts.Symbol, string>()
  const add = (module: ts.Symbol, name: string) => {
    if (exported.has(module)) return
    exported.set(module, name)
    for (const symbol of checker.getExportsOfModule(module)) {
      const target = resolved(symbol)
      if (target.flags & ts.SymbolFlags.Namespace && isOwn(target)) add(target, symbol.name)
      else if (!exported.has(target)) exported.set(target, `${name}.${symbol.name}`)
    }
  }
  for (const [name, file] of entries) {
    const source = program.getSourceFile(file)
    const module = source && checker.getSymbolAtLocation(source)
    if (module === undefined) throw new Error(`${file} is no module`)
    add(module, name)
  }

  const leaks = new Map<string, Leak>()
  const seen = new Set<ts.Node>()
  /** Declarations that aren't exported, in a file of their own exporter, are looked through: a class's base, say. */
  const visit = (node: ts.Node, from: string): void => {
    if (ts.isIdentifier(node)) check(node, from)
    else if (ts.isImportTypeNode(node) && node.qualifier !== undefined) check(rightmost(node.qualifier), from)
    ts.forEachChild(node, (child) => visit(child, from))
  }
  const check = (name: ts.Identifier, from: string) => {
    const symbol = checker.getSymbolAtLocation(name)
    if (symbol === undefined) return
    const target = resolved(symbol)
    if (exported.has(target) || !isOwn(target)) return
    const topLevel = target.declarations?.filter(isTopLevel) ?? []
    for (const declaration of topLevel) {
      if (isLocal(declaration)) walk(declaration, from)
      else {
        const file = declaration.getSourceFile().fileName
        const folder = own.find((folder) => file.startsWith(folder)) ?? ""
        const leak = { from, to: `${file.slice(folder.length + 1)}: ${target.name}` }
        leaks.set(JSON.stringify(leak), leak)
      }
    }
  }
  const walk = (declaration: ts.Node, from: string) => {
    if (seen.has(declaration)) return
    seen.add(declaration)
    visit(declaration, from)
  }
  for (const [symbol, name] of exported) {
    for (const declaration of symbol.declarations ?? []) if (!ts.isSourceFile(declaration)) walk(declaration, name)
  }
  return [...leaks.values()]
}

const rightmost = (name: ts.EntityName): ts.Identifier => (ts.isIdentifier(name) ? name : name.right)

const isTopLevel = (declaration: ts.Declaration): boolean => {
  const holder = ts.isVariableDeclaration(declaration) ? declaration.parent?.parent?.parent : declaration.parent
  return holder !== undefined && ts.isSourceFile(holder)
}

const isLocal = (declaration: ts.Declaration): boolean =>
  (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Export) === 0
