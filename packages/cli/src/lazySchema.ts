/**
 * What the bundle has in place of `effect/Schema` (`scripts/lazyModules.mjs`): schemas are made when something is first
 * read or written with them. All of them took a fifth of the time in which the command loads, and `ls` decodes none.
 *
 *     const Size = Schema.Struct({ … })        nothing is made: a function that stands for the schema
 *     Size.ast, decode(Size)(…)                made, of what it consists of too, and asked
 *     class X extends Schema.TaggedError…      a plain class; its statics (`X.ast`, `X.fields`) are those of the schema
 *
 * Errors are made without being checked, as their types are; data classes are checked unless the caller turns that off.
 * A name of Schema that is not here fails the bundling.
 */
import * as Data from "effect/Data"
import type * as Schema from "effect/Schema"

type Whole = typeof import("./wholeSchema.ts")
type Name = keyof Whole

declare const require: (path: "./wholeSchema.ts") => Whole

let whole: Whole | undefined

/** Schema itself, loaded when it is first needed. The bundler resolves this `require`. */
const schema = (): Whole => (whole ??= require("./wholeSchema.ts"))

type Anything = (...all: ReadonlyArray<unknown>) => unknown

/** What `make` makes, made when more is asked of it than `known`, or `pipe` and `annotations`, which make a schema. */
const lazy = (make: () => unknown, known: Record<PropertyKey, unknown> = {}): never => {
  let made: object | undefined
  const value = (): object => (made ??= Object(make()))
  return new Proxy(() => {}, {
    get: (_, name) =>
      made === undefined && Object.hasOwn(known, name)
        ? known[name]
        : made === undefined && (name === "pipe" || name === "annotations")
          ? (...all: ReadonlyArray<unknown>) => lazy(() => Reflect.apply(Reflect.get(value(), name), value(), all))
          : Reflect.get(value(), name),
    has: (_, name) => Reflect.has(value(), name),
    apply: (_, self, all) => Reflect.apply(value() as Anything, self, all),
    getPrototypeOf: () => Reflect.getPrototypeOf(value())
  }) as never
}

const constant = <N extends Name>(name: N): Whole[N] => lazy(() => schema()[name])

/** A function that makes a schema, or a step of a pipe. */
const maker = <N extends Name>(name: N): Whole[N] =>
  ((...all: ReadonlyArray<unknown>) => lazy(() => (schema()[name] as Anything)(...all))) as never

/** A function that makes a function out of a schema. */
const codec = <N extends Name>(name: N): Whole[N] =>
  ((...all: ReadonlyArray<unknown>) => {
    let made: Anything | undefined
    return (...given: ReadonlyArray<unknown>) => {
      made ??= (schema()[name] as (...all: ReadonlyArray<unknown>) => Anything)(...all)
      return made(...given)
    }
  }) as never

type Fields = { [name: string]: unknown; _tag?: string }
type Constructor = new (...all: ReadonlyArray<unknown>) => object

/** The statics of a class are those of `made`, asked in the name of the class that extends it. */
const withStatics = (constructor: object, made: () => Constructor): void => {
  const statics = new Proxy(Function.prototype, {
    get: (functions, name, self) => Reflect.get(name === Symbol.hasInstance ? functions : made(), name, self),
    has: (_, name) => Reflect.has(made(), name)
  })
  Object.setPrototypeOf(constructor, statics)
}

const once = <A>(make: () => A): (() => A) => {
  let made: A | undefined
  return () => (made ??= make())
}

/** What `instanceof` of another copy of Schema goes by. */
const mark = (prototype: object, kind: string, identifier: string): void => {
  const symbol = Symbol.for(`effect/Schema/${kind}/${identifier}`)
  Object.defineProperty(prototype, symbol, { get: () => symbol, configurable: true })
}

const method = (prototype: object, name: string, value: PropertyDescriptor): void => {
  Object.defineProperty(prototype, name, { configurable: true, ...value })
}

const isUnchecked = (options: unknown): boolean =>
  typeof options === "boolean" ? options : Object(options).disableValidation === true

export const Class = ((identifier: string) => (fields: Fields, annotations?: unknown) => {
  const checked = once(() => ((schema().Class as Anything)(identifier) as Anything)(fields, annotations) as Constructor)
  const Base = Data.Class as unknown as Constructor
  function Instance(this: object, given: object = {}, options: unknown = false) {
    const self = new.target as unknown as Constructor
    return isUnchecked(options)
      ? Reflect.construct(Base, [{ ...given }], self)
      : Reflect.construct(checked(), [given, options], self)
  }
  Instance.prototype = Object.create(Base.prototype, { constructor: { value: Instance, configurable: true } })
  mark(Instance.prototype, "Class", identifier)
  method(Instance.prototype, "toString", {
    value(this: object) {
      return Reflect.apply(checked().prototype.toString, this, [])
    }
  })
  withStatics(Instance, checked)
  return Instance
}) as never as typeof Schema.Class

export const TaggedError = ((identifier: string) => (tag: string, fields: Fields, annotations?: unknown) => {
  const checked = once(
    () => ((schema().TaggedError as Anything)(identifier) as Anything)(tag, fields, annotations) as Constructor
  )
  const Base = Data.Error as unknown as Constructor
  const names = Object.keys(fields)
  function Instance(this: object, given: Fields) {
    const own: Fields = {}
    for (const name of names) {
      if (Object.hasOwn(given, name)) {
        own[name] = given[name]
      }
    }
    own._tag = tag
    return Reflect.construct(Base, [own], new.target as unknown as Constructor)
  }
  Instance.prototype = Object.create(Base.prototype, { constructor: { value: Instance, configurable: true } })
  Instance.prototype.name = tag
  mark(Instance.prototype, "TaggedError", identifier)
  if (!names.includes("message")) {
    method(Instance.prototype, "message", {
      get(this: object) {
        return Reflect.get(checked().prototype, "message", this)
      }
    })
  }
  withStatics(Instance, checked)
  return Instance
}) as never as typeof Schema.TaggedError

export const Literal = ((...literals: ReadonlyArray<never>) =>
  lazy(() => schema().Literal(...literals), { literals })) as never as typeof Schema.Literal

const Boolean_: typeof Schema.Boolean = constant("Boolean")
export const DateFromString: typeof Schema.DateFromString = constant("DateFromString")
export const DateTimeUtc: typeof Schema.DateTimeUtc = constant("DateTimeUtc")
export const Defect: typeof Schema.Defect = constant("Defect")
export const Int: typeof Schema.Int = constant("Int")
export const JsonNumber: typeof Schema.JsonNumber = constant("JsonNumber")
export const NonNegativeInt: typeof Schema.NonNegativeInt = constant("NonNegativeInt")
export const Null: typeof Schema.Null = constant("Null")
const Number_: typeof Schema.Number = constant("Number")
const String_: typeof Schema.String = constant("String")
export const Unknown: typeof Schema.Unknown = constant("Unknown")
const Array_: typeof Schema.Array = maker("Array")
export const NonEmptyArray: typeof Schema.NonEmptyArray = maker("NonEmptyArray")
export const NullOr: typeof Schema.NullOr = maker("NullOr")
export const OptionFromSelf: typeof Schema.OptionFromSelf = maker("OptionFromSelf")
export const Record: typeof Schema.Record = maker("Record")
export const RedactedFromSelf: typeof Schema.RedactedFromSelf = maker("RedactedFromSelf")
export const Struct: typeof Schema.Struct = maker("Struct")
export const TaggedStruct: typeof Schema.TaggedStruct = maker("TaggedStruct")
export const Tuple: typeof Schema.Tuple = maker("Tuple")
export const Union: typeof Schema.Union = maker("Union")
export const between: typeof Schema.between = maker("between")
export const filter: typeof Schema.filter = maker("filter")
export const maxItems: typeof Schema.maxItems = maker("maxItems")
export const maxLength: typeof Schema.maxLength = maker("maxLength")
export const nonNegative: typeof Schema.nonNegative = maker("nonNegative")
export const optional: typeof Schema.optional = maker("optional")
export const optionalWith: typeof Schema.optionalWith = maker("optionalWith")
export const parseJson: typeof Schema.parseJson = maker("parseJson")
export const pattern: typeof Schema.pattern = maker("pattern")
export const transformOrFail: typeof Schema.transformOrFail = maker("transformOrFail")
export const typeSchema: typeof Schema.typeSchema = maker("typeSchema")
export const decode: typeof Schema.decode = codec("decode")
export const decodeEither: typeof Schema.decodeEither = codec("decodeEither")
export const decodeOption: typeof Schema.decodeOption = codec("decodeOption")
export const decodeUnknown: typeof Schema.decodeUnknown = codec("decodeUnknown")
export const decodeUnknownEither: typeof Schema.decodeUnknownEither = codec("decodeUnknownEither")
export const decodeUnknownOption: typeof Schema.decodeUnknownOption = codec("decodeUnknownOption")
export const encodeEither: typeof Schema.encodeEither = codec("encodeEither")
export const encode: typeof Schema.encode = codec("encode")
export const encodeSync: typeof Schema.encodeSync = codec("encodeSync")
export const is: typeof Schema.is = codec("is")
export { Array_ as Array, Boolean_ as Boolean, Number_ as Number, String_ as String }
