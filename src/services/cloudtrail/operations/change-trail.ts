import type { AccountTrail, Span } from "../../../deliveries/entities.ts";
import { everything, spanId } from "../../../deliveries/entities.ts";
import type { Call, Operation } from "../../../operation.ts";
import type { Change } from "../../../store/entities.ts";
import { recorded } from "../recorded.ts";
import type { TrailRow } from "../trails/find-trail.ts";
import { onTrail } from "../trails/on-trail.ts";
import { type SettingsInput, withSettings } from "../trails/settings.ts";
import { createdTrail } from "../trails/shown.ts";

/** Every operation here is answered with an error when the trail is not the caller's own, or of another Region. */

const updateTrail = onTrail<SettingsInput>({
  name: "UpdateTrail",
  run: async (input, trail, call) => {
    const changed = await withSettings(trail.content, input, call);
    const answer = createdTrail(changed);
    return {
      answer,
      changes: [call.entities.put(trail, changed, { parent: changed.organizationId ?? "" })],
      responseElements: recorded(answer),
    };
  },
});

const startLogging = onTrail<{ Name: string }>({
  name: "StartLogging",
  run: (_input, trail, call) => {
    const { content } = trail;
    if (content.logging) return { answer: {}, changes: [] };
    const spans = content.spans + 1;
    const span: Span = { cursor: call.trail.last, start: call.requestId };
    const placement = { scope: everything, parent: content.delivery };
    return {
      answer: {},
      changes: [
        call.entities.put<AccountTrail>(trail, { ...content, logging: true, startedAt: call.now, spans }),
        call.entities.create("trail-span", spanId(content.delivery, spans), span, placement),
      ],
    };
  },
});

const stopLogging = onTrail<{ Name: string }>({
  name: "StopLogging",
  run: (_input, trail, call) => {
    const { content } = trail;
    if (!content.logging) return { answer: {}, changes: [] };
    return {
      answer: {},
      changes: [
        call.entities.put<AccountTrail>(trail, { ...content, logging: false, stoppedAt: call.now }),
        ...endOfSpan(trail, {}, call),
      ],
    };
  },
});

/** What is left to deliver goes to where the trail would have had it. */
const deleteTrail = onTrail<{ Name: string }>({
  name: "DeleteTrail",
  run: (_input, trail, call) => ({
    answer: {},
    changes: [call.entities.delete(trail), ...endOfSpan(trail, { final: trail.content }, call)],
  }),
});

/** The latest span ends with the record of this call, if it has not ended before. */
function endOfSpan({ content }: TrailRow, more: Pick<Span, "final">, call: Call): Change[] {
  const span = call.entities.get<Span>("trail-span", spanId(content.delivery, content.spans));
  if (!span) return [];
  return [call.entities.put(span, { stop: call.requestId, ...span.content, ...more })];
}

export const changeTrailOperations: readonly Operation[] = [updateTrail, startLogging, stopLogging, deleteTrail];
