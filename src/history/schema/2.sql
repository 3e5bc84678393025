-- Each index costs every delivery a page of the log. Numbers rise with time, so that moments and sessions
-- are found without one.

DROP INDEX delivery_session;
DROP INDEX delivery_received;
