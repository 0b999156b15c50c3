import { tenantName, type DemoAccount } from '../contoso/tenant'
import { permissionText } from './permissions'
import { style } from './style'

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function text(value: string): string {
  return value.replace(/[&<>"']/g, (character) => escapes[character] ?? character)
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(title)} – ${tenantName}</title><style>${style}</style></head>
<body><main><p class="tenant">${tenantName} <small>local demo tenant</small></p>
<h1>${text(title)}</h1>
${content}
</main></body></html>`
}

const hidden = (fields: Readonly<Record<string, string>>): string =>
  Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${text(name)}" value="${text(value)}">`)
    .join('')

function accountButton(account: DemoAccount): string {
  const initials = account.givenName.charAt(0) + account.surname.charAt(0)
  return `<li><button class="account" name="account" value="${text(account.id)}"><i aria-hidden="true">${text(initials)}</i>
<span><b>${text(account.displayName)}</b><small>${text(account.userPrincipalName)}${account.administrator ? ' · administrator' : ''}</small></span></button></li>`
}

function permissionList(permissions: readonly string[]): string {
  const items = permissions.map(
    (name) => `<li class="permission">${text(permissionText(name))}<small>${text(name)}</small></li>`,
  )
  return `<ul>${items.join('\n')}</ul>`
}

export function accountPage(
  app: string,
  accounts: readonly DemoAccount[],
  fields: Record<string, string> = {},
): string {
  const list =
    accounts.length > 0
      ? accounts.map(accountButton).join('\n')
      : '<li class="bad">No account here matches.</li>'
  return page(
    'Pick an account',
    `<p class="dim">to continue to ${text(app)}</p>
<form method="post">${hidden(fields)}<ul>${list}</ul>
<div class="buttons"><button name="action" value="cancel">Cancel</button></div></form>`,
  )
}

export function consentPage(app: string, account: DemoAccount, permissions: readonly string[]): string {
  return page(
    'Permissions requested',
    `<p><b>${text(app)}</b> would like to do this as ${text(account.displayName)} (${text(account.userPrincipalName)}):</p>
<form method="post">${permissionList(permissions)}
<div class="buttons"><button name="action" value="cancel">Cancel</button><button class="first" name="action" value="accept">Accept</button></div></form>`,
  )
}

export function approvalPage(app: string, account: DemoAccount, permissions: readonly string[]): string {
  return page(
    'Need admin approval',
    `<p><b>${text(app)}</b> needs permissions that only an administrator of ${tenantName} can grant.
You are signed in as ${text(account.userPrincipalName)}.</p>
<form method="post">${permissionList(permissions)}
<div class="buttons"><button class="first" name="action" value="cancel">Return to the application without granting consent</button></div></form>`,
  )
}

export function adminConsentPage(
  app: string,
  administrators: readonly DemoAccount[],
  permissions: readonly string[],
): string {
  return page(
    'Permissions for everyone',
    `<p><b>${text(app)}</b> asks for these permissions on behalf of everyone in ${tenantName}. Choose an account to grant them:</p>
<form method="post">${permissionList(permissions)}<ul>${administrators.map(accountButton).join('\n')}</ul>
<div class="buttons"><button name="action" value="cancel">Cancel</button></div></form>`,
  )
}

export function codePage(action: string, secret: string, code: string, problem: string | undefined): string {
  return page(
    'Enter code',
    `${problem === undefined ? '' : `<p class="bad" role="alert">${text(problem)}</p>`}
<form method="post" action="${text(action)}">${hidden({ xsrf: secret })}
<label for="code">The code that your app or device shows</label>
<input type="text" id="code" name="user_code" value="${text(code)}" autocomplete="off" autofocus>
<div class="buttons"><button class="first">Next</button></div></form>`,
  )
}

export function codeConfirmPage(action: string, secret: string, code: string, app: string): string {
  return page(
    `Sign in to ${app}?`,
    `<p>Go on only if you started this yourself and the app shows <code>${text(code)}</code></p>
<form method="post" action="${text(action)}">${hidden({ xsrf: secret, user_code: code, confirm: 'yes' })}
<div class="buttons"><button name="abort" value="yes">Cancel</button><button class="first">Continue</button></div></form>`,
  )
}

export function messagePage(title: string, message: string): string {
  return page(title, `<p>${text(message)}</p>`)
}

export function errorPage(title: string, message: string): string {
  return page(title, `<p class="bad" role="alert">${text(message)}</p>`)
}
