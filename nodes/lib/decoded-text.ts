/** What percent-encoded text stands for; the text as it is where it is not encoded as it should be (a lone `%`). */
export function decodedText(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
