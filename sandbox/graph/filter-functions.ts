interface FilterFunction {
  readonly type: string
  /** Strings come in the case they are compared in. */
  readonly apply: (values: readonly unknown[]) => unknown
}

type TextTest = (text: string, part: string) => boolean

function test(holds: TextTest): FilterFunction {
  return {
    type: 'Edm.Boolean',
    apply: ([text, part]) => typeof text === 'string' && typeof part === 'string' && holds(text, part),
  }
}

function text(change: (value: string) => string): FilterFunction {
  return { type: 'Edm.String', apply: ([value]) => (typeof value === 'string' ? change(value) : null) }
}

function datePart(part: (date: Date) => number): FilterFunction {
  return {
    type: 'Edm.Int32',
    apply: ([value]) => (typeof value === 'string' ? part(new Date(value.toUpperCase())) : null),
  }
}

export const filterFunctions: Readonly<Record<string, FilterFunction>> = {
  startswith: test((value, part) => value.startsWith(part)),
  endswith: test((value, part) => value.endsWith(part)),
  contains: test((value, part) => value.includes(part)),
  tolower: text((value) => value.toLowerCase()),
  toupper: text((value) => value.toUpperCase()),
  trim: text((value) => value.trim()),
  length: { type: 'Edm.Int32', apply: ([value]) => (typeof value === 'string' ? value.length : null) },
  year: datePart((date) => date.getUTCFullYear()),
  month: datePart((date) => date.getUTCMonth() + 1),
  day: datePart((date) => date.getUTCDate()),
  hour: datePart((date) => date.getUTCHours()),
}
