-- The client makes the id: a purchase that is sent again, since nobody knows whether it was taken, is there once.
CREATE TABLE purchase (
  id uuid PRIMARY KEY,
  product text NOT NULL REFERENCES product,
  at timestamptz NOT NULL DEFAULT now()
);
