import assert from 'node:assert/strict'
import { composeUrl, type ResourceAddress } from '../../../nodes/lib/odata/resource-url'
import type { PlaceholderValue } from '../../../nodes/lib/odata/placeholders'
import type { Problem } from '../../../nodes/lib/problem'

const SERVICE = 'https://graph.microsoft.com/v1.0'

type Parts = Partial<Omit<ResourceAddress, 'params'>> & { params?: Record<string, PlaceholderValue> }

function pathOf(parts: Parts): string {
  const url = composeUrl(SERVICE, address(parts), [])
  assert.ok(url.startsWith(`${SERVICE}/`), url)
  return url.slice(SERVICE.length + 1)
}

function address({ params = {}, ...parts }: Parts): ResourceAddress {
  return {
    entity: '',
    key: '',
    appendUrl: '',
    itemConvention: '{entity}/{key}',
    ...parts,
    params: new Map(Object.entries(params)),
  }
}

const is = (code: string, field: string) => (error: Problem) => {
  assert.equal(error.code, code)
  assert.equal(error.values['field'], field)
  return true
}

describe('the URL of a request', () => {
  describe('joins entity, key and append URL', () => {
    const table: [expected: string, parts: Parts][] = [
      ['users', { entity: 'users' }],
      ['users/42', { entity: 'users', key: '42' }],
      ['users/42', { entity: 'users', key: 42 }],
      ['me/messages', { entity: 'messages', appendUrl: 'me/{entity}' }],
      ['me/messages/AAMk', { entity: 'messages', key: 'AAMk', appendUrl: 'me/{entity}' }],
      ['users/42/messages', { entity: 'messages', key: '42', appendUrl: 'users/{key}/{entity}' }],
      ['groups/42/members', { key: '42', appendUrl: 'groups/{key}/members' }],
      ['users/42/messages/$count', { entity: 'users', key: '42', appendUrl: 'messages/$count' }],
      ['me/messages', { appendUrl: 'me/messages' }],
      ['users/$count', { entity: '/users', appendUrl: '/$count' }],
      [
        'applications(appId=%27x%27)'.replaceAll('%27', "'"),
        { entity: 'applications', appendUrl: "(appId='x')" },
      ],
      ['users?$top=5', { entity: 'users', appendUrl: '?$top=5' }],
      ['me/drive/root:/a/b.txt:', { entity: 'me/drive/root', appendUrl: ':/a/b.txt:' }],
      ['groups/1/threads/2', { appendUrl: 'groups/{g}/threads/{t}', params: { g: '1', t: '2' } }],
      ['groups/1/threads/2', { entity: 'groups/{g}/threads', key: '2', params: { g: 1 } }],
    ]
    for (const [expected, parts] of table) {
      it(`${JSON.stringify(parts)} is ${expected}`, () => assert.equal(pathOf(parts), expected))
    }
  })

  describe('follows the item convention', () => {
    const conventions: [expected: string, convention: string, key: PlaceholderValue][] = [
      ['accounts(5)', '{entity}({key})', 5],
      ["People('O''Hara')", "{entity}('{key}')", "O'Hara"],
      ['People/42/self', '{entity}/{key}/self', '42'],
      ["accounts(name='A')", '{entity}({key})', "name='A'"],
    ]
    for (const [expected, itemConvention, key] of conventions) {
      it(`${itemConvention} gives ${expected}`, () => {
        const entity = expected.split(/[(/]/u)[0] ?? ''
        assert.equal(pathOf({ entity, key, itemConvention }), expected)
      })
    }

    describe('writes a key that begins with $ in quotes, because a segment of that kind means something else', () => {
      const key = '$adele@contoso.com'
      const table: [expected: string, parts: Parts][] = [
        [`users('${key}')`, { entity: 'users' }],
        [`users('${key}')/manager`, { entity: 'users', appendUrl: 'manager' }],
        [`users('${key}')/messages`, { entity: 'messages', appendUrl: 'users/{key}/{entity}' }],
        [`users('${key}')?$select=id`, { appendUrl: 'users/{key}?$select=id' }],
        [`users('${key}')/manager`, { entity: 'users/{key}', appendUrl: 'manager' }],
        [`users('${key}')/self`, { entity: 'users', itemConvention: '{entity}/{key}/self' }],
        [`users(${key})`, { entity: 'users', itemConvention: '{entity}({key})' }],
        [`me/drive/root:/${key}`, { appendUrl: 'me/drive/root:/{key}' }],
        [`me/drive/root:/a/${key}:/content`, { appendUrl: 'me/drive/root:/a/{key}:/content' }],
        [`me/drive/root:/a/${key}`, { appendUrl: 'me/drive/root:/a/{key}' }],
      ]
      for (const [expected, parts] of table) {
        it(`${JSON.stringify(parts)} is ${expected}`, () => assert.equal(pathOf({ key, ...parts }), expected))
      }
    })

    it('refuses a convention without places for both', () => {
      assert.throws(
        () => pathOf({ entity: 'a', key: '1', itemConvention: '{entity}' }),
        is('itemConventionInvalid', 'itemConvention'),
      )
    })
  })

  describe('encodes a value once, as one segment', () => {
    const values: [value: PlaceholderValue, encoded: string][] = [
      ['a b', 'a%20b'],
      ['a/b', 'a%2Fb'],
      ['a#b', 'a%23b'],
      ['a?b', 'a%3Fb'],
      ['a%b', 'a%25b'],
      ['a%20b', 'a%2520b'],
      ['..%2e', '..%252e'],
      ['Zoë', 'Zo%C3%AB'],
      ['日本', '%E6%97%A5%E6%9C%AC'],
      ['😀', '%F0%9F%98%80'],
      ['\ud800', '%EF%BF%BD'],
      ["O'Hara", "O'Hara"],
      ['a+b=c&d;e', 'a+b=c&d;e'],
      ['megan_fabrikam.com#EXT#@contoso.com', 'megan_fabrikam.com%23EXT%23@contoso.com'],
      ['AAMkAGI2-_A=', 'AAMkAGI2-_A='],
      ['19:abc@thread.tacv2', '19:abc@thread.tacv2'],
      ['host,guid,guid', 'host,guid,guid'],
      ['b!x', 'b!x'],
      [true, 'true'],
      [9007199254740993n, '9007199254740993'],
    ]
    for (const [value, encoded] of values) {
      it(`${JSON.stringify(String(value))} is ${encoded}`, () => {
        assert.equal(pathOf({ entity: 'users', key: value }), `users/${encoded}`)
        assert.equal(pathOf({ appendUrl: 'users/{id}/x', params: { id: value } }), `users/${encoded}/x`)
        const [, segment = ''] = new URL(
          composeUrl('https://h/s', address({ entity: 'u', key: value }), []),
        ).pathname
          .slice(1)
          .split('/u/')
        if (!/\p{Surrogate}/u.test(String(value))) assert.equal(decodeURIComponent(segment), String(value))
      })
    }

    it('keeps the slashes of {name:path} and encodes the rest', () => {
      assert.equal(
        pathOf({
          appendUrl: 'me/drive/root:/{file:path}:/content',
          params: { file: "Ryan's Files/50% #1.docx" },
        }),
        "me/drive/root:/Ryan's%20Files/50%25%20%231.docx:/content",
      )
    })

    it('doubles the quotes of a value between single quotes, and only there', () => {
      assert.equal(
        pathOf({ appendUrl: "x(a='{a}',b={b})/{a}", params: { a: "O'H", b: "'t'" } }),
        "x(a='O''H',b='t')/O'H",
      )
    })

    it('keeps a value inside the string it was put into, whatever stands before it', () => {
      assert.equal(
        pathOf({ appendUrl: "drive/getByPath(path='/sites/{x}')/lists", params: { x: "b')/evil(a='" } }),
        "drive/getByPath(path='/sites/b'')%2Fevil(a=''')/lists",
      )
      assert.equal(
        pathOf({ appendUrl: "search(q='what?{x}')", params: { x: '1&$expand=secret' } }),
        "search(q='what?1%26$expand%3Dsecret')",
      )
    })

    it('knows quotes and parentheses that are encoded already, as browsers copy them', () => {
      const params = { x: "b' or 'a' eq 'a" }
      assert.equal(
        pathOf({ appendUrl: 'users?$filter=surname eq %27{x}%27', params }),
        "users?$filter=surname%20eq%20%27b''%20or%20''a''%20eq%20''a%27",
      )
      assert.equal(
        pathOf({ appendUrl: 'f%28a=%27{x}%27,b={y}%29/{y}', params: { x: "b',c='d", y: "'t'" } }),
        "f%28a=%27b'',c=''d%27,b='t'%29/'t'",
      )
    })

    it('takes an apostrophe in a file name for an apostrophe', () => {
      assert.equal(
        pathOf({ appendUrl: "me/drive/root:/Ryan's Files/{name}", params: { name: "O'H" } }),
        "me/drive/root:/Ryan's%20Files/O'H",
      )
    })

    it('lets no value begin another option of the query', () => {
      assert.equal(
        pathOf({ appendUrl: "users?$filter=mail eq '{mail}'&$top=5", params: { mail: "a'&$top=99#+" } }),
        "users?$filter=mail%20eq%20'a''%26$top%3D99%23%2B'&$top=5",
      )
    })
  })

  describe('keeps URL text as it is typed', () => {
    const table: [typed: string, sent: string][] = [
      ['me/drive/root:/a b/c#.txt:', 'me/drive/root:/a%20b/c%23.txt:'],
      ['me/drive/root:/a%20b/c%23.txt:', 'me/drive/root:/a%20b/c%23.txt:'],
      ['me/drive/root:/100%.txt:', 'me/drive/root:/100%25.txt:'],
      ['sites/Größe', 'sites/Gr%C3%B6%C3%9Fe'],
      ["users?$filter=startswith(displayName,'A')", "users?$filter=startswith(displayName,'A')"],
      ['users?$filter=mail eq null&$top=5', 'users?$filter=mail%20eq%20null&$top=5'],
      ['users?q=a?b', 'users?q=a?b'],
      ['//evil.example/x', 'evil.example/x'],
    ]
    for (const [typed, sent] of table) {
      it(typed, () => {
        assert.equal(pathOf({ appendUrl: typed }), sent)
        if (!typed.startsWith('//')) assert.equal(pathOf({ entity: typed }), sent)
      })
    }
  })

  describe('reaches', () => {
    const file = { path: "/sites/finance/Shared Documents/Ryan's 100% #1.docx" }
    const table: [what: string, sent: string, parts: Parts][] = [
      ['a singleton', 'me', { entity: 'me' }],
      [
        'a cast',
        'groups/1/members/microsoft.graph.user',
        { appendUrl: 'groups/{key}/members/microsoft.graph.user', key: '1' },
      ],
      [
        'a cast and its count',
        'groups/1/members/microsoft.graph.user/$count',
        { entity: 'groups', key: '1', appendUrl: 'members/microsoft.graph.user/$count' },
      ],
      ['a reference', 'groups/1/members/$ref', { entity: 'groups', key: '1', appendUrl: 'members/$ref' }],
      ['bytes', 'me/photo/$value', { entity: 'me', appendUrl: 'photo/$value' }],
      [
        'a function with a text and a date',
        "reports/getX(period='D7',date=2026-11-01)",
        {
          appendUrl: "reports/getX(period='{period}',date={date})",
          params: { period: 'D7', date: '2026-11-01' },
        },
      ],
      [
        'a function with a moment',
        "me/reminderView(startDateTime='2026-11-01T10:00:00.0000000')",
        {
          appendUrl: "me/reminderView(startDateTime='{from}')",
          params: { from: '2026-11-01T10:00:00.0000000' },
        },
      ],
      [
        'a function with a list in a text',
        "x/y(names='a,b')",
        { appendUrl: "x/y(names='{names}')", params: { names: 'a,b' } },
      ],
      [
        'an alternate key',
        "applications(appId='6b1-x')",
        { appendUrl: "applications(appId='{id}')", params: { id: '6b1-x' } },
      ],
      [
        'an alternate key by the convention',
        "applications(appId='6b1-x')",
        { entity: 'applications', key: '6b1-x', itemConvention: "{entity}(appId='{key}')" },
      ],
      [
        'what belongs to an alternate key',
        "applications(appId='1')/owners",
        { entity: 'applications', appendUrl: "(appId='1')/owners" },
      ],
      [
        'an item of Dynamics',
        'accounts(00000000-0000-0000-0000-000000000001)/contact_customer_accounts',
        {
          entity: 'accounts',
          key: '00000000-0000-0000-0000-000000000001',
          itemConvention: '{entity}({key})',
          appendUrl: 'contact_customer_accounts',
        },
      ],
      [
        'a file of SharePoint REST',
        "_api/web/GetFileByServerRelativeUrl('/sites/finance/Shared%20Documents/Ryan''s%20100%25%20%231.docx')/$value",
        { appendUrl: "_api/web/GetFileByServerRelativeUrl('{path:path}')/$value", params: file },
      ],
      [
        'a list of SharePoint REST by its title',
        "_api/web/lists/GetByTitle('O''Hara''s%20list')/items",
        { appendUrl: "_api/web/lists/GetByTitle('{title}')/items", params: { title: "O'Hara's list" } },
      ],
      [
        'an item of SharePoint REST by its number',
        "_api/web/lists/GetByTitle('Tasks')/items(7)",
        { entity: "_api/web/lists/GetByTitle('Tasks')/items", key: 7, itemConvention: '{entity}({key})' },
      ],
      [
        'a site by its path',
        'sites/contoso.sharepoint.com:/sites/finance:/lists',
        { appendUrl: 'sites/contoso.sharepoint.com:/{path:path}:/lists', params: { path: 'sites/finance' } },
      ],
      [
        'a file in a folder by its id',
        "drives/b!x/items/01A:/Ryan's%20plan.txt:/content",
        {
          appendUrl: 'drives/{drive}/items/{item}:/{name}:/content',
          params: { drive: 'b!x', item: '01A', name: "Ryan's plan.txt" },
        },
      ],
    ]
    for (const [what, sent, parts] of table) it(what, () => assert.equal(pathOf(parts), sent))
  })

  describe('adds the options of the query', () => {
    const options = [{ name: '$filter', value: "a eq 'x&y' and b eq 'é+#%'", field: 'filter' }]

    it('encoded so that they arrive as they were', () => {
      const url = composeUrl(SERVICE, address({ entity: 'users' }), options)
      assert.equal(
        url,
        `${SERVICE}/users?$filter=a%20eq%20%27x%26y%27%20and%20b%20eq%20%27%C3%A9%2B%23%25%27`,
      )
      assert.equal(new URL(url).searchParams.get('$filter'), options[0]?.value)
    })

    it('behind those of the append URL', () => {
      const url = composeUrl(SERVICE, address({ appendUrl: 'users?$top=5' }), options)
      assert.ok(url.startsWith(`${SERVICE}/users?$top=5&$filter=`))
    })

    it('and refuses to say the same twice', () => {
      for (const given of ['$filter=x', '%24Filter=x']) {
        assert.throws(
          () => composeUrl(SERVICE, address({ appendUrl: `users?${given}` }), options),
          is('optionTwice', 'filter'),
        )
      }
    })
  })

  describe('never leaves the service', () => {
    for (const [field, bad] of [
      ['entity', '../beta/users'],
      ['entity', 'users/..'],
      ['entity', 'users/%2e%2E/x'],
      ['entity', './users'],
      ['entity', 'users\\x'],
      ['appendUrl', 'a/%2e./b'],
      ['appendUrl', 'a\nb'],
      ['appendUrl', 'a%0d%0aHost:x'],
      ['appendUrl', 'a%5c..'],
    ] as const) {
      it(`refuses ${JSON.stringify(bad)} as ${field}`, () => {
        assert.throws(() => pathOf({ [field]: bad }), is('unsafePath', field))
      })
    }

    for (const key of ['..', '.', 'a\\b', 'a\u0000b']) {
      it(`refuses the key ${JSON.stringify(key)}`, () => {
        assert.throws(() => pathOf({ entity: 'users', key }), is('unsafePath', 'key'))
      })
    }

    it('refuses a dot segment inside a value that is a path', () => {
      assert.throws(
        () => pathOf({ appendUrl: 'root:/{f:path}:', params: { f: 'a/../b' } }),
        is('unsafePath', 'f'),
      )
    })

    it('takes a whole URL on its own origin', () => {
      const beta = 'https://graph.microsoft.com/beta/users?$top=1'
      assert.equal(composeUrl(SERVICE, address({ appendUrl: beta }), []), beta)
    })

    for (const url of [
      'https://evil.example/v1.0/users',
      'http://graph.microsoft.com/v1.0/users',
      'https://graph.microsoft.com:8443/v1.0/users',
      'https://graph.microsoft.com.evil.example/',
      'https://graph.microsoft.com@evil.example/',
      'https://user:pass@graph.microsoft.com/v1.0/users',
    ]) {
      it(`refuses ${url}`, () => assert.throws(() => composeUrl(SERVICE, address({ appendUrl: url }), [])))
    }

    const SERVICE_AT_ROOT = 'https://graph.example'
    const leaving: [what: string, service: string, parts: Parts][] = [
      ['a port', SERVICE_AT_ROOT, { appendUrl: ':8443/x' }],
      ['a user name', SERVICE_AT_ROOT, { entity: ':x@evil.example/y' }],
      ['a key that holds one', SERVICE_AT_ROOT, { appendUrl: '{key}', key: ':x@evil.example' }],
      ['a convention', SERVICE, { entity: 'users', key: '1', itemConvention: '{entity}/../{key}' }],
      ['dots and a path', SERVICE, { appendUrl: 'users/..{x:path}', params: { x: '/admin' } }],
    ]
    for (const [what, service, parts] of leaving) {
      it(`does not let ${what} lead elsewhere`, () => {
        let url: URL
        try {
          url = new URL(composeUrl(service, address(parts), []))
        } catch {
          return
        }
        assert.equal(url.username, '')
        assert.ok(url.href.startsWith(`${service}/`), url.href)
      })
    }

    it('takes a value that looks like a whole URL for a value', () => {
      const params = { x: 'https://graph.microsoft.com/beta/x' }
      assert.equal(pathOf({ appendUrl: '{x:path}', params }), 'https://graph.microsoft.com/beta/x')
    })

    it('names the host it would have been', () => {
      assert.throws(
        () => composeUrl(SERVICE, address({ appendUrl: 'https://evil.example/x' }), []),
        is('otherHost', 'appendUrl'),
      )
    })
  })

  describe('says which part is missing', () => {
    const table: [code: string, field: string, parts: Parts][] = [
      ['placeholderUnfilled', 'appendUrl', { appendUrl: 'groups/{id}/members' }],
      ['placeholderUnfilled', 'appendUrl', { entity: 'x', appendUrl: 'users/{key}/{entity}' }],
      ['placeholderUnfilled', 'entity', { appendUrl: 'me/{entity}' }],
      ['placeholderUnfilled', 'appendUrl', { appendUrl: 'users/{id | userPrincipalName}' }],
      ['placeholderUnfilled', 'entity', { entity: 'users/{id}' }],
      ['entityWithoutPlace', 'entity', { entity: 'x', key: '1', appendUrl: 'groups/{key}/members' }],
      ['keyWithoutEntity', 'key', { key: '1', appendUrl: 'me/messages' }],
      ['entityWithQuery', 'entity', { entity: 'users?x=1', key: 'adele' }],
      ['entityWithQuery', 'entity', { entity: 'users?x=1', appendUrl: '$count' }],
      ['mustache', 'appendUrl', { appendUrl: 'users/{{payload}}' }],
      ['mustache', 'entity', { entity: 'users/{{payload}}' }],
    ]
    for (const [code, field, parts] of table) {
      it(`${JSON.stringify(parts)}: ${code}`, () => assert.throws(() => pathOf(parts), is(code, field)))
    }
  })
})
