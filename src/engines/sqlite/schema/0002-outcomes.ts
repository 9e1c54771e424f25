/**
 * Schema 2: a delivery knows whether what it delivers was posted by a program, so that its outcome becomes an event
 * without a look at the event for all others. What waits already learns it here; and what is in trouble can be counted
 * lane by lane.
 */
export const outcomesSchema = `
ALTER TABLE deliveries ADD COLUMN posted INTEGER NOT NULL DEFAULT 0;
UPDATE deliveries SET posted = 1
  WHERE (state < 2 OR state > 2) AND EXISTS (
    SELECT 1 FROM events e
    WHERE e.position = deliveries.position AND json_extract(e.body, '$.postedBy') IS NOT NULL);
CREATE INDEX deliveries_stuck ON deliveries (lane, state) WHERE state > 2 AND state < 5;
`;
