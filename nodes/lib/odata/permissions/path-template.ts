import { withoutTexts } from '../literal'
import type { Model } from '../metadata/model'
import { pathSegments, type PathSegment } from '../metadata/path-segments'
import { resolveSteps } from '../metadata/resolve-path'

/**
 * The path of a request as permissions are filed by: without version, query, casts and the `$` segments at its end,
 * ids as `{id}`, arguments as `name(arg={value})`, paths of files as `root:/{id}:`
 * (microsoft-graph-devx-content, permissions.json).
 *
 * @param model what the service has. It alone tells names from ids for certain; without it only what is known of the
 *   commonest requests is taken for a name, so that nothing of the tenant can be left in the template.
 * @param isName whether a segment is known to be a name, wherever it stands.
 */
export function pathTemplate(
  path: string,
  model: Model | undefined,
  isName: (segment: string) => boolean,
): string {
  const segments = pathSegments(path)
  const steps = model === undefined ? [] : resolveSteps(model, segments)
  const parts = segments.flatMap((segment, index) => {
    const role = steps[index]?.role ?? guess(segment, isName)
    if (segment.name.startsWith('$') || role === 'cast') return []
    return [role === 'name' ? nameOf(segment) : '{id}']
  })
  return parts.length === 0 ? '/' : `/${parts.join('/')}`
}

type Role = 'name' | 'key' | 'cast'

function guess({ name }: PathSegment, isName: (segment: string) => boolean): Role {
  if (CAST.test(name)) return 'cast'
  return isName(withoutNamespace(name)) ? 'name' : 'key'
}

/** Types that directory objects are cast to; every other qualified name is an operation. */
const CAST =
  /^microsoft\.graph\.(?:user|group|device|application|servicePrincipal|orgContact|administrativeUnit|directoryRole)$/iu

function nameOf(segment: PathSegment): string {
  const { inParentheses, byPath } = segment
  const name = withoutNamespace(segment.name)
  if (byPath) return `${name}:/{id}${segment.closed ? ':' : ''}`
  if (inParentheses === undefined || inParentheses === '') return name
  const names = argumentNames(inParentheses)
  // A key in parentheses: `users('adele@contoso.com')`.
  return names.length === 0 ? `${name}/{id}` : `${name}(${names.map((each) => `${each}={value}`).join(',')})`
}

function withoutNamespace(name: string): string {
  return name.replace(/^microsoft\.graph\.(?:.*\.)?/iu, '')
}

function argumentNames(list: string): string[] {
  return [...withoutTexts(list).matchAll(/([A-Za-z_]\w*)\s*=/gu)].map(([, name = '']) => name)
}
