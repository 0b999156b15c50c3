/** The local tenant's fixed facts: what a tutorial, an example flow and a test can rely on. */

export const tenantId = '7c1a9f0e-2f3b-4c55-9a7d-0b6a4d3e8c21'
export const tenantDomain = 'contoso.onmicrosoft.com'
export const tenantName = 'Contoso'

/** Where the local tenant listens unless told otherwise; the example flows name these addresses. */
export const defaultPorts = { signIn: 8410, graph: 8411 }

/** One password for every demo account: it opens nothing but this local tenant. */
export const demoPassword = 'Contoso-Demo-1!'

export interface DemoAccount {
  readonly id: string
  readonly displayName: string
  readonly givenName: string
  readonly surname: string
  readonly userPrincipalName: string
  readonly jobTitle: string
  readonly department: string
  /** May grant permissions that need an administrator's consent. */
  readonly administrator: boolean
}

function account(
  number: number,
  givenName: string,
  surname: string,
  jobTitle: string,
  department: string,
  administrator = false,
): DemoAccount {
  return {
    id: `87d349ed-44d7-43e1-9a83-${String(number).padStart(12, '0')}`,
    displayName: `${givenName} ${surname}`,
    givenName,
    surname,
    userPrincipalName: `${givenName}${surname.charAt(0)}@${tenantDomain}`,
    jobTitle,
    department,
    administrator,
  }
}

/** The people one can sign in as; the Graph service's first users are these. */
export const demoAccounts: readonly DemoAccount[] = [
  account(1, 'Adele', 'Vance', 'Retail Manager', 'Retail'),
  account(2, 'Megan', 'Bowen', 'IT Administrator', 'IT', true),
  account(3, 'Alex', 'Wilber', 'Marketing Assistant', 'Marketing'),
  account(4, 'Lynne', 'Robbins', 'Planner', 'Retail'),
  account(5, 'Diego', 'Siciliani', 'HR Manager', 'HR'),
  account(6, 'Isaiah', 'Langer', 'Sales Representative', 'Sales'),
  account(7, 'Joni', 'Sherman', 'Paralegal', 'Legal'),
  account(8, 'Zoë', 'Müller-Strauß', 'Verkaufsleiterin', 'Sales'),
]

export interface RegisteredApp {
  readonly clientId: string
  readonly displayName: string
  /** Public demo secrets; absent for a public client. */
  readonly secrets: readonly string[]
  /** A secret that the service answers with AADSTS7000222. */
  readonly expiredSecret?: string
  /** Redirect URIs as registered; the port of localhost and 127.0.0.1 is ignored, the path counts. */
  readonly redirectUris: readonly string[]
  /** Delegated permissions that the tenant has consented to; others ask for consent. */
  readonly delegated: readonly string[]
  /** Application permissions (app roles) granted by an administrator. */
  readonly application: readonly string[]
}

const callbacks = [
  'http://localhost/graph-connection/callback',
  'http://127.0.0.1/graph-connection/callback',
  'http://localhost/admin/graph-connection/callback',
  'http://127.0.0.1/admin/graph-connection/callback',
]

/** What an example or a test reads and writes. */
const application = [
  'User.Read.All',
  'Group.Read.All',
  'Mail.Read',
  'Calendars.Read',
  'Contacts.Read',
  'Files.Read.All',
  'Sites.Read.All',
  'OrgContact.Read.All',
  'Application.Read.All',
  'Reports.Read.All',
  'EntitlementManagement.Read.All',
  'Application.ReadWrite.All',
  'Calendars.ReadWrite',
  'Contacts.ReadWrite',
  'Files.ReadWrite.All',
  'Group.ReadWrite.All',
  'Mail.ReadWrite',
  'Mail.Send',
  'Printer.FullControl.All',
  'Sites.ReadWrite.All',
  'Tasks.ReadWrite.All',
  'User.ReadWrite.All',
]
const delegated = ['User.Read', 'Tasks.ReadWrite', ...application]

/** The app registrations of the local tenant. Their secrets are public: they open demo data only. */
export const apps = {
  /** A confidential web app with delegated and application permissions: what the examples use. */
  web: {
    clientId: 'c0ffee00-1111-4222-8333-444455556666',
    displayName: 'Node-RED at Contoso',
    secrets: ['contoso-demo-secret'],
    expiredSecret: 'contoso-expired-secret',
    redirectUris: callbacks,
    delegated,
    application,
  },
  /** A public client (no secret): PKCE and device code. */
  publicClient: {
    clientId: 'c0ffee01-1111-4222-8333-444455556666',
    displayName: 'Contoso public client',
    secrets: [],
    redirectUris: callbacks,
    delegated,
    application: [],
  },
  /** An app that nobody has granted anything: every call to Graph is refused. */
  unprivileged: {
    clientId: 'c0ffee02-1111-4222-8333-444455556666',
    displayName: 'Contoso app without permissions',
    secrets: ['contoso-unprivileged-secret'],
    redirectUris: callbacks,
    delegated: ['User.Read'],
    application: [],
  },
} as const satisfies Record<string, RegisteredApp>
