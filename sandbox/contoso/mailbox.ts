import type { ChangeLog } from '../graph/change-log'
import { textOf, type Row } from '../graph/rows'
import { Table } from '../graph/table'
import { topics, type Topic } from './mail-topics'
import type { People } from './people'
import { minutesAgo, now, Random } from './random'

/** A user's mail; made when it is first asked for, always the same. */
export interface Mailbox {
  /** In the order Outlook lists them: newest first. */
  readonly messages: Table
  readonly folders: Table
  /** Those that the demo data begins with, by their message. */
  readonly attachments: ReadonlyMap<unknown, readonly Row[]>
}

const folderNames = [
  ['Archive', 'archive'],
  ['Deleted Items', 'deleteditems'],
  ['Drafts', 'drafts'],
  ['Inbox', 'inbox'],
  ['Junk Email', 'junkemail'],
  ['Sent Items', 'sentitems'],
] as const
const inboxFolders = ['Invoices', 'Projects'] as const
const html = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>'

/** Outlook's identifiers: long, case-sensitive base64 that ends in `=`. */
export function outlookId(mailbox: string, kind: string, number: string | number): string {
  const own = new Random(`mailbox ${mailbox}`).base64(40)
  return `AAMkAD${own}${new Random(`${kind} ${mailbox} ${number}`).base64(24)}AAA=`
}

export function createMailbox(
  user: Row,
  index: number,
  people: People,
  demo: boolean,
  log: ChangeLog,
): Mailbox {
  const owner = textOf(user, 'id')
  const random = new Random(`mail ${owner}`)
  const folderId = (name: string): string => outlookId(owner, 'folder', name)
  const attachments = new Map<unknown, readonly Row[]>()
  const messages: Row[] = []
  const threads = demo ? 40 + random.below(60) : 4 + random.below(8)
  let minutes = 20
  for (let thread = 0; thread < threads; thread++) {
    const topic = random.pick(topics)
    const other = people.at((index + 1 + random.below(Math.min(people.length, 150))) % people.length) ?? user
    const conversationId = outlookId(owner, 'thread', thread)
    for (let place = topic.mails.length - 1; place >= 0; place--) {
      minutes += 15 + random.below(700)
      const sent = place % 2 === 1
      const id = outlookId(owner, 'message', `${thread}.${place}`)
      const folder = sent ? 'Sent Items' : (topic.folder ?? 'Inbox')
      const files = place === 0 ? attachmentOf(topic, owner, id, minutes) : []
      if (files.length > 0) attachments.set(id, files)
      messages.push(
        message({
          id,
          topic,
          place,
          conversationId,
          minutes,
          from: sent ? user : other,
          to: sent ? other : user,
          parentFolderId: folderId(folder),
          read: sent || random.chance(70),
          hasAttachments: files.length > 0,
          important: random.chance(8),
        }),
      )
    }
  }
  const folders: Table = new Table(log, createFolders(owner, messages), {
    // `/mailFolders/inbox`: how a folder is found that Outlook itself has made.
    names: (row) => [row['wellKnownName']],
    complete: (_, number) => ({
      id: outlookId(owner, 'folder', `new ${number}`),
      parentFolderId: outlookId(owner, 'folder', 'root'),
      childFolderCount: 0,
      unreadItemCount: 0,
      totalItemCount: 0,
      isHidden: false,
    }),
    inside: (folder) => [
      ...folders.rows((row) => row['parentFolderId'] === folder['id']),
      ...table.rows((row) => row['parentFolderId'] === folder['id']),
    ],
  })
  const table: Table = new Table(log, messages, {
    newestFirst: true,
    complete: (_, number) => ({
      ...newItem(owner, 'message', number),
      receivedDateTime: now(),
      sentDateTime: now(),
      hasAttachments: false,
      subject: '',
      bodyPreview: '',
      importance: 'normal',
      parentFolderId: folderId('Drafts'),
      isRead: false,
      isDraft: true,
      body: { contentType: 'text', content: '' },
      toRecipients: [],
    }),
  })
  return { messages: table, folders, attachments }
}

/** What each item of Outlook's has from the start. */
export function newItem(owner: string, kind: string, number: number): Row {
  const id = outlookId(owner, kind, `new ${number}`)
  const changeKey = new Random(`change ${id}`).base64(38)
  const time = now()
  return {
    '@odata.etag': `W/"${changeKey}"`,
    id,
    createdDateTime: time,
    lastModifiedDateTime: time,
    changeKey,
    categories: [],
  }
}

interface MessageFacts {
  readonly id: string
  readonly topic: Topic
  readonly place: number
  readonly conversationId: string
  readonly minutes: number
  readonly from: Row
  readonly to: Row
  readonly parentFolderId: string
  readonly read: boolean
  readonly hasAttachments: boolean
  readonly important: boolean
}

export function recipient(user: Row): { emailAddress: { name: unknown; address: unknown } } {
  return { emailAddress: { name: user['displayName'], address: user['mail'] } }
}

function message(facts: MessageFacts): Row {
  const { id, topic, place, minutes } = facts
  const preview = topic.mails[place] ?? ''
  const time = minutesAgo(minutes)
  const changeKey = new Random(`change ${id}`).base64(38)
  const content = preview.replaceAll('&', '&amp;')
  return {
    '@odata.etag': `W/"${changeKey}"`,
    id,
    createdDateTime: time,
    lastModifiedDateTime: time,
    changeKey,
    categories: facts.important ? ['Red category'] : [],
    receivedDateTime: time,
    sentDateTime: time,
    hasAttachments: facts.hasAttachments,
    internetMessageId: `<${new Random(`internet ${id}`).hex(24)}@contoso.onmicrosoft.com>`,
    subject: place === 0 ? topic.subject : `RE: ${topic.subject}`,
    bodyPreview: preview,
    importance: facts.important ? 'high' : 'normal',
    parentFolderId: facts.parentFolderId,
    conversationId: facts.conversationId,
    conversationIndex: Buffer.from(facts.conversationId.slice(0, 22)).toString('base64'),
    isDeliveryReceiptRequested: false,
    isReadReceiptRequested: false,
    isRead: facts.read,
    isDraft: false,
    webLink: `https://outlook.office365.com/owa/?ItemID=${encodeURIComponent(id)}&exvsurl=1&viewmodel=ReadMessageItem`,
    inferenceClassification: place === 0 ? 'focused' : 'other',
    body: { contentType: 'html', content: `${html}<p>${content}</p></body></html>` },
    sender: recipient(facts.from),
    from: recipient(facts.from),
    toRecipients: [recipient(facts.to)],
    ccRecipients: [],
    bccRecipients: [],
    replyTo: [],
    flag: { flagStatus: facts.important ? 'flagged' : 'notFlagged' },
  }
}

function attachmentOf(topic: Topic, owner: string, messageId: string, minutes: number): Row[] {
  if (topic.attachment === undefined) return []
  const content = Buffer.from(`${topic.subject}\r\n\r\n${topic.mails.join('\r\n')}\r\n`)
  return [
    {
      '@odata.type': '#microsoft.graph.fileAttachment',
      '@odata.mediaContentType': 'text/plain',
      id: outlookId(owner, 'attachment', messageId),
      lastModifiedDateTime: minutesAgo(minutes),
      name: topic.attachment,
      contentType: 'text/plain',
      size: content.length,
      isInline: false,
      contentId: null,
      contentLocation: null,
      contentBytes: content.toString('base64'),
    },
  ]
}

function createFolders(owner: string, messages: readonly Row[]): Row[] {
  const root = outlookId(owner, 'folder', 'root')
  const folder = (displayName: string, parent: string, children: number, wellKnownName?: string): Row => {
    const id = outlookId(owner, 'folder', displayName)
    const inside = messages.filter((row) => row['parentFolderId'] === id)
    return {
      id,
      displayName,
      parentFolderId: parent,
      childFolderCount: children,
      unreadItemCount: inside.filter((row) => row['isRead'] === false).length,
      totalItemCount: inside.length,
      isHidden: false,
      // Not a property of the type.
      wellKnownName,
    }
  }
  const inbox = outlookId(owner, 'folder', 'Inbox')
  return [
    ...folderNames.map(([name, known]) =>
      folder(name, root, known === 'inbox' ? inboxFolders.length : 0, known),
    ),
    ...inboxFolders.map((name) => folder(name, inbox, 0)),
  ]
}
