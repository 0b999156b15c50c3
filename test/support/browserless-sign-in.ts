import type { DemoAccount } from '../../sandbox/contoso/tenant'

/** One browser's cookies, by host and path as far as the local tenant needs it. Ports do not count. */
export class CookieJar {
  readonly #cookies = new Map<string, { name: string; value: string; host: string; path: string }>()

  store(url: URL, response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
      const at = pair.indexOf('=')
      const name = pair.slice(0, at)
      const value = pair.slice(at + 1)
      const attribute = (wanted: string): string | undefined =>
        attributes.find((text) => text.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1)
      const path = attribute('path') ?? '/'
      const key = `${url.hostname} ${path} ${name}`
      const expires = attribute('expires')
      if (value === '' || (expires !== undefined && Date.parse(expires) <= Date.now()))
        this.#cookies.delete(key)
      else this.#cookies.set(key, { name, value, host: url.hostname, path })
    }
  }

  /** All that it holds. */
  values(): string[] {
    return [...this.#cookies.values()].map(({ value }) => value)
  }

  header(url: URL): string {
    return [...this.#cookies.values()]
      .filter(({ host, path }) => host === url.hostname && under(url.pathname, path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
  }
}

function under(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`)
}

/** A page, and the address it came from. */
export interface Page {
  readonly url: URL
  readonly status: number
  readonly html: string
}

/** Where a browser ends: on a page of the sign-in service, or sent to an address elsewhere. */
export type Landing = { readonly page: Page } | { readonly redirect: URL }

/** Follows redirects on the first address's origin only, as a browser with a jar would. */
export async function browse(
  address: string | URL,
  jar: CookieJar,
  form?: Record<string, string>,
): Promise<Landing> {
  let url = new URL(address)
  let body = form && new URLSearchParams(form)
  for (let hops = 0; hops < 20; hops += 1) {
    const response = await fetch(url, {
      method: body ? 'POST' : 'GET',
      redirect: 'manual',
      headers: { accept: 'text/html', cookie: jar.header(url) },
      ...(body ? { body } : {}),
    })
    jar.store(url, response)
    const html = await response.text()
    const location = response.headers.get('location')
    if (response.status < 300 || response.status >= 400 || location === null) {
      return { page: { url, status: response.status, html } }
    }
    const next = new URL(location, url)
    if (next.origin !== url.origin) return { redirect: next }
    url = next
    body = undefined
  }
  throw new Error(`Too many redirects at ${url.href}`)
}

export function hiddenFields(html: string): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const [, name = '', value = ''] of html.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)) {
    fields[name] = value
  }
  return fields
}

export interface SignInOptions {
  /** What to press on the page that asks for permissions. Default true: accept. */
  readonly consent?: boolean
  /** The browser; by default a new one, in which nobody is signed in. */
  readonly jar?: CookieJar
}

/** Goes through the pages after one has been shown, and returns where the browser ends. */
export async function complete(
  start: Landing,
  account: Pick<DemoAccount, 'id'>,
  { consent = true, jar = new CookieJar() }: SignInOptions,
): Promise<Landing> {
  let landing = start
  for (let pages = 0; pages < 5 && 'page' in landing; pages += 1) {
    const { url, html } = landing.page
    if (html.includes(`name="account" value="${account.id}"`)) {
      landing = await browse(url, jar, { ...hiddenFields(html), account: account.id })
    } else if (
      html.includes('name="action" value="accept"') ||
      html.includes('name="action" value="cancel"')
    ) {
      const accept = consent && html.includes('name="action" value="accept"')
      landing = await browse(url, jar, { ...hiddenFields(html), action: accept ? 'accept' : 'cancel' })
    } else {
      return landing
    }
  }
  return landing
}

/**
 * Signs in at an authorize URL of the local tenant as a person would, without a browser: picks the account,
 * answers the consent page, and returns the redirect URL that the browser would end on (not fetched).
 */
export async function signInAs(
  authorizeUrl: string | URL,
  account: Pick<DemoAccount, 'id'>,
  options: SignInOptions = {},
): Promise<URL> {
  const jar = options.jar ?? new CookieJar()
  const landing = await complete(await browse(authorizeUrl, jar), account, { ...options, jar })
  if ('redirect' in landing) return landing.redirect
  const text = landing.page.html.replace(/<style>[\s\S]*<\/style>/, '').replace(/<[^>]*>/g, ' ')
  throw new Error(`The sign-in ended on a page (${landing.page.status}): ${text.replace(/\s+/g, ' ').trim()}`)
}

/** Enters a device code's user code and signs in; returns the last page. */
export async function enterDeviceCode(
  verificationUri: string,
  userCode: string,
  account: Pick<DemoAccount, 'id'>,
  { consent = true, jar = new CookieJar() }: SignInOptions = {},
): Promise<Page> {
  const page = (landing: Landing): Page => {
    if ('page' in landing) return landing.page
    throw new Error(`Unexpected redirect to ${landing.redirect.href}`)
  }
  const first = page(await browse(verificationUri, jar))
  const second = page(
    await browse(verificationUri, jar, { ...hiddenFields(first.html), user_code: userCode }),
  )
  if (!second.html.includes('name="confirm"')) return second
  const third = await browse(verificationUri, jar, hiddenFields(second.html))
  return page(await complete(third, account, { consent, jar }))
}
