/** What a JSON value of each primitive type looks like; types that are not listed take any value. */
const tests: Readonly<Record<string, (value: unknown) => boolean>> = {
  'Edm.String': (value) => typeof value === 'string',
  'Edm.Boolean': (value) => typeof value === 'boolean',
  'Edm.Int32': (value) => Number.isInteger(value) && Math.abs(value as number) < 2 ** 31,
  'Edm.Int64': (value) => Number.isInteger(value) || matches(/^-?\d{1,19}$/)(value),
  'Edm.Double': (value) =>
    typeof value === 'number' || value === 'INF' || value === '-INF' || value === 'NaN',
  'Edm.Decimal': (value) => typeof value === 'number' || matches(/^-?\d+(?:\.\d+)?$/)(value),
  'Edm.Guid': (value) => matches(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i)(value),
  'Edm.Date': (value) => matches(/^\d{4}-\d\d-\d\d$/)(value) && isTime(value),
  'Edm.DateTimeOffset': (value) =>
    matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?(?:Z|[+-]\d\d:\d\d)$/i)(value) &&
    isTime(value),
  'Edm.TimeOfDay': (value) => matches(/^\d\d:\d\d:\d\d(?:\.\d+)?$/)(value),
  'Edm.Duration': (value) => matches(/^-?P(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?$/)(value),
  'Edm.Binary': (value) => matches(/^[\w+/-]*={0,2}$/)(value),
}

/** Whether a value is none of a primitive type. */
export function valueProblem(type: string, value: unknown): boolean {
  return tests[type]?.(value) === false
}

function matches(pattern: RegExp): (value: unknown) => boolean {
  return (value) => typeof value === 'string' && pattern.test(value)
}

function isTime(value: unknown): boolean {
  return !Number.isNaN(Date.parse(String(value).replace(/(\.\d{3})\d+/, '$1')))
}
