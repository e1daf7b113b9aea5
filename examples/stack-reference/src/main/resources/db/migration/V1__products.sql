CREATE TABLE product (
  name text PRIMARY KEY,
  price numeric(10, 2) NOT NULL
);

INSERT INTO product VALUES ('tea', 4.50), ('teapot', 29.00);
