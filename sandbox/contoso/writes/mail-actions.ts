import {
  parameterBody,
  parameterText,
  type Action,
  type ActionCall,
  type ActionResult,
} from '../../graph/action-call'
import { insert } from '../../graph/creation'
import type { EntityBody } from '../../graph/entity-body'
import { badRequest, notFound } from '../../graph/errors'
import { textOf, type Row } from '../../graph/rows'
import { checkNew } from '../../graph/write-rules'
import type { Mailbox } from '../mailbox'
import { now } from '../random'
import type { Store } from '../store'

/** Sending, answering and filing mail, and answering invitations. */
export function mailActions(store: Store): Record<string, Action> {
  const boxOf = (row: Row): Mailbox => {
    const found = store.mailboxOf(row)
    if (found === undefined) throw notFound('exchange', textOf(row, 'id'))
    return found
  }
  const folderIn = (box: Mailbox, key: unknown): Row => {
    const folder = box.folders.byKey(String(key))
    if (folder === undefined) throw notFound('exchange', String(key))
    return folder
  }
  const deliver = (message: Row, box: Mailbox, keep = true): void => {
    const sent = { isDraft: false, isRead: true, sentDateTime: now(), receivedDateTime: now() }
    const recipients = ['toRecipients', 'ccRecipients', 'bccRecipients'].flatMap((name) =>
      addressesIn(message[name]),
    )
    if (recipients.length === 0)
      throw badRequest('At least one recipient is not valid., Recipient unknown.', 'ErrorInvalidRecipients')
    if (keep) box.messages.update(message, { ...sent, parentFolderId: folderIn(box, 'sentitems')['id'] })
    else box.messages.delete(message)
    for (const address of recipients) {
      const to = store.directory.users.byKey(address)
      if (to === undefined) continue
      const other = store.mailbox(to)
      const { id: _, '@odata.etag': __, changeKey: ___, ...content } = message
      other.messages.create({
        ...content,
        ...sent,
        isRead: false,
        parentFolderId: folderIn(other, 'inbox')['id'],
      })
    }
  }
  /** A draft of an answer, with what the caller wants it to say. */
  const draft = ({ row, parameters, request, setting }: ActionCall, kind: 'RE' | 'FW', all: boolean): Row => {
    const box = boxOf(row)
    const body = parameterBody(parameters, 'message')
    const comment = parameterText(parameters, 'comment')
    if (comment !== undefined && body?.values['body'] !== undefined)
      throw badRequest(
        'Specify either a comment or the body of the message, not both.',
        'ErrorInvalidRequest',
      )
    const forwarded = parameters.get('torecipients')
    const to =
      kind === 'FW'
        ? forwarded
        : row['replyTo'] !== undefined && (row['replyTo'] as unknown[]).length > 0
          ? row['replyTo']
          : [row['from']]
    const owner = store.ownerOfMessages(box.messages)
    const others = [...recipientsIn(row['toRecipients']), ...recipientsIn(row['ccRecipients'])].filter(
      (one) => addressOf(one) !== textOf(owner ?? {}, 'mail'),
    )
    const values: Row = {
      subject: `${kind}: ${textOf(row, 'subject').replace(/^(?:RE|FW): /, '')}`,
      conversationId: row['conversationId'],
      toRecipients: to ?? [],
      ccRecipients: all ? others : [],
      body: {
        contentType: 'html',
        content: `<html><body>${comment ?? ''}<hr>${textOf((row['body'] ?? {}) as Row, 'content')}</body></html>`,
      },
      ...body?.values,
    }
    const drafts = { parentFolderId: folderIn(box, 'drafts')['id'] }
    const entity: EntityBody = { ...(body ?? emptyBody), values: { ...values, ...drafts } }
    return insert(entity, box.messages, undefined, request, setting)
  }
  const answered = (call: ActionCall, kind: 'RE' | 'FW', all = false): ActionResult => {
    deliver(draft(call, kind, all), boxOf(call.row))
    return { status: 202 }
  }
  const drafted = (call: ActionCall, kind: 'RE' | 'FW', all = false): ActionResult => ({
    row: draft(call, kind, all),
    status: 201,
  })
  const file = ({ row, parameters }: ActionCall, copied: boolean): ActionResult => {
    const box = boxOf(row)
    const parentFolderId = folderIn(box, parameters.get('destinationid'))['id']
    const table = box.messages.byKey(textOf(row, 'id')) === undefined ? box.folders : box.messages
    const { id: _, '@odata.etag': __, changeKey: ___, wellKnownName: ____, ...content } = row
    const made = table.create({ ...content, parentFolderId })
    // To Outlook an item that was moved is another one, unless its client works with immutable ids.
    if (!copied) table.delete(row)
    return { row: made, status: 201 }
  }
  return {
    'user/sendMail': ({ row, parameters, request, setting }) => {
      const body = parameterBody(parameters, 'message')
      if (body === undefined) throw badRequest('The message is missing.', 'ErrorInvalidRequest')
      checkNew(body)
      const box = store.mailbox(row)
      const keep = parameters.get('savetosentitems') !== false
      deliver(insert(body, box.messages, undefined, request, setting), box, keep)
      return { status: 202 }
    },
    'message/send': ({ row }) => {
      if (row['isDraft'] !== true) throw badRequest('Only a draft can be sent.', 'ErrorInvalidRequest')
      deliver(row, boxOf(row))
      return { status: 202 }
    },
    'message/reply': (call) => answered(call, 'RE'),
    'message/replyAll': (call) => answered(call, 'RE', true),
    'message/forward': (call) => answered(call, 'FW'),
    'message/createReply': (call) => drafted(call, 'RE'),
    'message/createReplyAll': (call) => drafted(call, 'RE', true),
    'message/createForward': (call) => drafted(call, 'FW'),
    'message/move': (call) => file(call, false),
    'message/copy': (call) => file(call, true),
    'mailFolder/move': (call) => file(call, false),
    'mailFolder/copy': (call) => file(call, true),
    'message/permanentDelete': ({ row }) => {
      boxOf(row).messages.delete(row)
      return { status: 204 }
    },
    ...eventActions(store),
  }
}

function eventActions(store: Store): Record<string, Action> {
  const change = (row: Row, values: Row): ActionResult => {
    store.outlookTableOf(row)?.update(row, values)
    return { status: 202 }
  }
  const answer =
    (response: string): Action =>
    ({ row }) => {
      if (row['isOrganizer'] === true)
        throw badRequest(
          "Your request can't be completed. You can't respond to this meeting because you're the meeting organizer.",
          'ErrorInvalidRequest',
        )
      return change(row, { responseStatus: { response, time: now() } })
    }
  return {
    'event/accept': answer('accepted'),
    'event/tentativelyAccept': answer('tentativelyAccepted'),
    'event/decline': answer('declined'),
    'event/cancel': ({ row }) =>
      change(row, { isCancelled: true, subject: `Canceled: ${textOf(row, 'subject')}` }),
    'event/dismissReminder': ({ row }) => ({ ...change(row, { isReminderOn: false }), status: 200 }),
    'event/snoozeReminder': ({ row }) => ({ ...change(row, { isReminderOn: true }), status: 200 }),
  }
}

const emptyBody: EntityBody = {
  type: 'microsoft.graph.message',
  values: {},
  binds: new Map(),
  nested: new Map(),
  annotations: new Map(),
}

function recipientsIn(value: unknown): Row[] {
  return Array.isArray(value) ? (value as Row[]) : []
}

function addressOf(one: Row): string {
  return textOf((one['emailAddress'] ?? {}) as Row, 'address')
}

function addressesIn(value: unknown): string[] {
  return recipientsIn(value)
    .map(addressOf)
    .filter((address) => address.includes('@'))
}
