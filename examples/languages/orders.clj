(ns orders
  (:require [clojure.string :as string])
  (:import (dagsterpipes Pipes PipesBody PipesContext)))

(defn report [^PipesContext pipes]
  (let [orders (rest (string/split-lines (slurp (.extra pipes "path"))))]
    (.info (.log pipes) (str "read " (count orders) " orders"))
    (.reportAssetMaterialization pipes ^java.util.Map {:rows (count orders) :columns [:id :price]})
    (.reportAssetCheck pipes "no_nulls" (not-any? #(string/starts-with? % ",") orders))))

(Pipes/run (into-array String *command-line-args*)
           (reify PipesBody (run [_ pipes] (report pipes))))
