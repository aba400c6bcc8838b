/**
 * What the index needs of a record's line without parsing it. audit/event.ts writes members in one order; a quote
 * inside a text is escaped, so that `,"name":"` with bare quotes is never part of one. `alike` is the same text for
 * records that have the same terms (audit/terms.ts), undefined where the line has another shape.
 */
export function lineKeys(line: string): { eventId: string; time: string; alike: string | undefined } {
  const identity = line.indexOf(',"userIdentity":');
  const time = line.indexOf(',"eventTime":"', identity);
  const source = line.indexOf(',"eventSource":"', time);
  const address = line.indexOf(',"sourceIPAddress":', source);
  const event = line.lastIndexOf(',"eventID":"');
  const readOnly = event + 49;
  if (identity < 0 || time < 0 || source < 0 || address < 0 || !line.startsWith('","readOnly":', readOnly - 1))
    return { ...slowly(line), alike: undefined };
  return {
    time: line.slice(time + 14, line.indexOf('"', time + 14)),
    eventId: line.slice(event + 12, event + 48),
    alike: line.slice(identity, time) + line.slice(source, address) + line.slice(readOnly),
  };
}

function slowly(line: string): { eventId: string; time: string } {
  const { eventID = "", eventTime = "" } = JSON.parse(line) as { eventID?: string; eventTime?: string };
  return { eventId: eventID, time: eventTime };
}
