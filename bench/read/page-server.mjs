// A collection of users of about 1 KB each, in pages of 999, as fast as a server can be: rows are encoded once.
import { createServer } from 'node:http'

const PAGE = 999
const NAMES = { ascii: ['Mueller', 'Smith', 'Jones'], unicode: ['Müller', 'Žižek', 'Ångström', '山田'] }

/**
 * Listens on a free port. The path `/<rows>/<names>/v1.0/users` says how many users there are and whether their
 * names are `ascii` or `unicode`.
 */
export async function startPageServer() {
  const pages = Object.fromEntries(Object.entries(NAMES).map(([kind, names]) => [kind, encodePages(names)]))
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://local')
    const [, collection, kind] = url.pathname.split('/')
    const total = Number.parseInt(collection, 10)
    // Microsoft's client takes a link for one only if it says https.
    const scheme = collection.endsWith('-https') ? 'https' : 'http'
    const from = Number(url.searchParams.get('$skiptoken') ?? 0)
    const left = total - from
    const base = `${scheme}://127.0.0.1:${server.address().port}${url.pathname}`
    const next = left > PAGE ? `"@odata.nextLink":"${base}?$skiptoken=${from + PAGE}",` : ''
    const head = Buffer.from(`{"@odata.context":"${base}/$metadata#users",${next}"value":[`)
    const rows = pages[kind](Math.min(left, PAGE))
    const body = Buffer.concat([head, rows, Buffer.from(']}')])
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: server.address().port, close: () => server.close() }
}

function encodePages(names) {
  const users = Array.from({ length: PAGE }, (_, index) => JSON.stringify(user(index, names)))
  const full = Buffer.from(users.join(','))
  return (rows) => (rows === PAGE ? full : Buffer.from(users.slice(0, rows).join(',')))
}

function user(index, names) {
  const name = names[index % names.length]
  return {
    id: `87d349ed-44d7-43e1-9a83-${String(index).padStart(12, '0')}`,
    displayName: `${name} ${index}`,
    surname: name,
    mail: `user${index}@contoso.com`,
    userPrincipalName: `user${index}@contoso.com`,
    jobTitle: 'Engineer',
    department: 'Research',
    businessPhones: ['+1 425 555 0100'],
    accountEnabled: true,
    createdDateTime: '2020-01-01T00:00:00Z',
    country: 'DE',
    proxyAddresses: [`SMTP:user${index}@contoso.com`, `smtp:u${index}@contoso.onmicrosoft.com`],
    assignedLicenses: [{ skuId: '6fd2c87f-b296-42f0-b197-1e91e994b900', disabledPlans: [] }],
    aboutMe: `${name} `.repeat(60),
  }
}
