/** What people at Contoso write to each other about: the subject, then the mails of the thread in turn. */
export interface Topic {
  readonly subject: string
  readonly mails: readonly string[]
  readonly attachment?: string
  readonly folder?: 'Invoices' | 'Projects'
}

export const topics: readonly [Topic, ...Topic[]] = [
  {
    subject: 'Invoice 4711 from Fabrikam',
    mails: [
      'Please find the invoice for May attached. It is due on the 15th.',
      'Thanks. Finance asks for the purchase order number; could you add it?',
      'The number is PO-2026-118. A corrected invoice is attached.',
    ],
    attachment: 'Invoice-4711.txt',
    folder: 'Invoices',
  },
  {
    subject: 'Q4 launch: open points',
    mails: [
      'Three points are open: packaging, the price list and the landing page. Who takes which?',
      'I take the price list. The figures come on Thursday.',
      'Packaging is with me & the agency. First drafts on Monday.',
    ],
    folder: 'Projects',
  },
  {
    subject: 'Besprechung Verkaufszahlen – Mai',
    mails: [
      'Die Zahlen für Mai liegen vor: +7 % in Köln, −2 % in Zürich.',
      'Danke! Bitte bis Freitag die Übersicht.',
    ],
  },
  {
    subject: 'Build 1042 failed on main',
    mails: [
      'The build of main failed in the step "test". Two tests did not pass.',
      'Fixed with the next commit.',
    ],
  },
  {
    subject: 'Lunch on Thursday?',
    mails: ['There is a new ramen place around the corner. Thursday at 12:30?', 'Count me in! 🍜', 'Me too.'],
  },
  {
    subject: 'Delivery delayed: order 20931',
    mails: [
      'Our supplier moved the delivery of order 20931 to next week.',
      'Can we send a part of it from the store in Madrid?',
      'Yes: 40 pieces go out today, the tracking number follows.',
    ],
    attachment: 'delivery-20931.csv',
  },
  {
    subject: 'Your access to the reporting site expires soon',
    mails: ['Your access to "Reporting" ends in 14 days. Ask your manager to renew it.'],
  },
  {
    subject: 'Contract review: Northwind Traders',
    mails: [
      'I marked the clauses that need a decision: §4 liability, §9 termination.',
      'For §9 three months are fine. §4 needs the opinion of Legal.',
    ],
    attachment: 'contract-notes.md',
  },
  {
    subject: 'Password of the demo shop',
    mails: ['The password was changed. Ask the service desk for the new one; it is not sent by mail.'],
  },
  {
    subject: 'Onboarding of the new colleagues',
    mails: [
      'Six people start on the first. Laptops and badges are ready.',
      "Great. I will show them around; let's meet at the reception.",
    ],
  },
]
