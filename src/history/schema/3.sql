-- What came is written with as few pages as can be; its type is listed with the first attempt. Until then
-- it is found by its state.

DROP INDEX delivery_type;
CREATE INDEX delivery_type ON delivery (type) WHERE state <> 0;
