import { badRequest, noProperty } from './errors'
import { FilterSyntaxError } from './filter-lexer'
import { parseFilter, type Comparison, type Expression, type Literal } from './filter-parser'
import { filterFunctions } from './filter-functions'
import type { Model } from './model'

/** Reads a property of a row, following a navigation property where the name is one (`fields/Status`). */
export type Read = (row: object, type: string, name: string) => unknown

export interface FilterSetting {
  readonly model: Model
  readonly type: string
  readonly read: Read
  /** The directory and Outlook compare strings without case. */
  readonly ignoreCase: boolean
}

/** The item itself, then the values of the lambda variables from outside in. */
type Frame = readonly unknown[]

interface Compiled {
  readonly type: string
  readonly evaluate: (frame: Frame) => unknown
}

export function parseFilterOption(text: string): Expression {
  try {
    return parseFilter(text)
  } catch (error) {
    if (error instanceof FilterSyntaxError) throw badRequest(`Invalid filter clause: ${error.message}`)
    throw error
  }
}

/** The predicate of a `$filter`; names and types are checked before any row is looked at. */
export function compileFilter(expression: Expression, setting: FilterSetting): (row: object) => boolean {
  const { evaluate } = new Compiler(setting).compile(expression, [{ name: '$it', type: setting.type }])
  return (row) => evaluate([row]) === true
}

/** The value of a property path such as `from/emailAddress/address`: what `$orderby` sorts by. */
export function compilePath(path: string, setting: FilterSetting): (row: object) => unknown {
  const names = path.split('/').map((name) => name.trim())
  const expression: Expression = { kind: 'path', names }
  const { evaluate } = new Compiler(setting).compile(expression, [{ name: '$it', type: setting.type }])
  return (row) => comparable(evaluate([row]), setting.ignoreCase)
}

type Scope = readonly { readonly name: string; readonly type: string }[]

class Compiler {
  constructor(readonly setting: FilterSetting) {}

  compile(expression: Expression, scope: Scope): Compiled {
    switch (expression.kind) {
      case 'literal':
        return { type: literalType(expression), evaluate: () => expression.value }
      case 'path':
        return this.#path(expression.names, scope)
      case 'and':
      case 'or':
        return this.#logical(expression.kind, expression.left, expression.right, scope)
      case 'not': {
        const operand = this.compile(expression.operand, scope)
        return boolean((frame) => operand.evaluate(frame) !== true)
      }
      case 'compare':
        return this.#compare(expression.operator, expression.left, expression.right, scope)
      case 'has':
        return this.#has(expression.left, expression.right, scope)
      case 'in': {
        const tests = expression.list.map((value) => this.#compare('eq', expression.left, value, scope))
        return boolean((frame) => tests.some((test) => test.evaluate(frame) === true))
      }
      case 'call':
        return this.#call(expression.name, expression.values, scope)
      case 'any':
      case 'all':
        // `all` is not among Graph's operators.
        if (expression.kind === 'all') throw badRequest('Filter not supported.')
        return this.#any(expression.names, expression.variable, expression.body, scope)
    }
  }

  #path(names: readonly string[], scope: Scope): Compiled {
    const { model, read } = this.setting
    const [first = '', ...others] = names
    const variable = scope.findIndex(({ name }) => name === first)
    const from = Math.max(variable, 0)
    let type = scope[from]?.type ?? ''
    const reads: { type: string; name: string }[] = []
    for (const name of variable === -1 ? names : others) {
      if (name === '$count') {
        reads.push({ type: '', name })
        type = 'Edm.Int64'
        continue
      }
      const property = model.property(type, name)
      if (property === undefined) throw noProperty(name, type)
      reads.push({ type, name: property.name })
      type = property.type
    }
    const evaluate = (frame: Frame): unknown =>
      reads.reduce<unknown>((value, step) => {
        if (step.name === '$count') return Array.isArray(value) ? value.length : 0
        return typeof value === 'object' && value !== null ? read(value, step.type, step.name) : null
      }, frame[from])
    return { type, evaluate }
  }

  #logical(kind: 'and' | 'or', left: Expression, right: Expression, scope: Scope): Compiled {
    const a = this.compile(left, scope)
    const b = this.compile(right, scope)
    return kind === 'and'
      ? boolean((frame) => a.evaluate(frame) === true && b.evaluate(frame) === true)
      : boolean((frame) => a.evaluate(frame) === true || b.evaluate(frame) === true)
  }

  #compare(operator: Comparison, left: Expression, right: Expression, scope: Scope): Compiled {
    const a = this.compile(left, scope)
    const b = this.compile(right, scope)
    this.#checkTypes(a.type, b.type)
    const dates = isDate(a.type) || isDate(b.type)
    const value = (raw: unknown): unknown =>
      dates && typeof raw === 'string' ? Date.parse(raw) : comparable(raw, this.setting.ignoreCase)
    return boolean((frame) => holds(operator, value(a.evaluate(frame)), value(b.evaluate(frame))))
  }

  /** `accountEnabled eq 'true'` is no comparison of a boolean: Graph refuses it. */
  #checkTypes(left: string, right: string): void {
    const a = family(left, this.setting.model)
    const b = family(right, this.setting.model)
    if (a === b || a === '' || b === '') return
    // An enum's member is written as a string; identifiers of type Guid are accepted quoted.
    if (a === 'enum' || b === 'enum') return
    throw badRequest('Invalid filter clause')
  }

  #has(left: Expression, right: Expression, scope: Scope): Compiled {
    const a = this.compile(left, scope)
    const b = this.compile(right, scope)
    return boolean((frame) => {
      const flags = String(a.evaluate(frame)).toLowerCase().split(/,\s*/)
      return flags.includes(String(b.evaluate(frame)).toLowerCase())
    })
  }

  #call(name: string, values: readonly Expression[], scope: Scope): Compiled {
    const called = filterFunctions[name]
    if (called === undefined)
      throw badRequest(`Invalid filter clause: An unknown function with name '${name}' was found.`)
    const inputs = values.map((value) => this.compile(value, scope))
    const { ignoreCase } = this.setting
    return {
      type: called.type,
      evaluate: (frame) => called.apply(inputs.map((input) => comparable(input.evaluate(frame), ignoreCase))),
    }
  }

  #any(names: readonly string[], variable: string, body: Expression | undefined, scope: Scope): Compiled {
    const collection = this.#path(names, scope)
    const inner = body && this.compile(body, [...scope, { name: variable, type: collection.type }])
    return boolean((frame) => {
      const items = collection.evaluate(frame)
      if (!Array.isArray(items)) return false
      return inner === undefined
        ? items.length > 0
        : items.some((item) => inner.evaluate([...frame, item]) === true)
    })
  }
}

function boolean(evaluate: (frame: Frame) => unknown): Compiled {
  return { type: 'Edm.Boolean', evaluate }
}

function literalType(literal: Literal): string {
  const types = {
    string: 'Edm.String',
    guid: 'Edm.Guid',
    date: 'Edm.DateTimeOffset',
    number: 'Edm.Double',
    boolean: 'Edm.Boolean',
    enum: 'enum',
    null: '',
  }
  return types[literal.type]
}

function isDate(type: string): boolean {
  return type === 'Edm.DateTimeOffset' || type === 'Edm.Date'
}

/** Types that may be compared with each other; empty for what may be compared with anything. */
function family(type: string, model: Model): string {
  if (type === 'Edm.String' || type === 'Edm.Boolean') return type
  if (type === 'enum' || model.enums.has(type)) return 'enum'
  if (isDate(type)) return 'date'
  if (/^Edm\.(?:S?Byte|Int\d+|Double|Single|Decimal)$/.test(type)) return 'number'
  return type === 'Edm.Guid' ? 'Edm.Guid' : ''
}

function comparable(value: unknown, ignoreCase: boolean): unknown {
  if (typeof value === 'bigint') return Number(value)
  return ignoreCase && typeof value === 'string' ? value.toLowerCase() : (value ?? null)
}

function holds(operator: Comparison, left: unknown, right: unknown): boolean {
  if (operator === 'eq') return left === right
  if (operator === 'ne') return left !== right
  if (typeof left !== typeof right || (typeof left !== 'string' && typeof left !== 'number')) return false
  const order = left < (right as typeof left) ? -1 : Number(left > (right as typeof left))
  switch (operator) {
    case 'gt':
      return order > 0
    case 'ge':
      return order >= 0
    case 'lt':
      return order < 0
    case 'le':
      return order <= 0
  }
}
